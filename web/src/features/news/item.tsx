import type { NewsItem } from '@/api/parse/news';
import { symbolOf } from '@/lib/asset-name';
import { formatAgo, formatInstant } from '@/lib/dates';
import { formatLocale } from '@/lib/locale';
import { Badge } from '@/ui/badge';
import { providerLabel } from '@/ui/providers';
import { t } from './messages';
import { useSentiment } from './sentiment';

const MATCHED = { tag: 'byTag', identifier: 'byIdentifier', cashtag: 'byCashtag', name: 'byName' } as const;

interface HeadlineProps {
  item: NewsItem;
  /** Narrow the list to one publisher or one asset; left out where there is no list to narrow. */
  onSource?: (source: string) => void;
  onAsset?: (id: string) => void;
}

/** One headline. All of its texts are strangers' texts and stay text; only http and https are links. */
export function Headline({ item, onSource, onAsset }: HeadlineProps) {
  const { badge, panel } = useSentiment(item.sentiment);
  return (
    <li className="border-line border-b px-4 py-3 last:border-0">
      <p className="font-semibold leading-snug" dir="auto" lang={item.language ?? undefined}>
        <Title item={item} />
      </p>
      {item.summary && item.summary !== item.title && (
        <p className="mt-0.5 line-clamp-2 text-muted text-sm" dir="auto" lang={item.language ?? undefined}>
          {item.summary}
        </p>
      )}
      <div className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted text-xs">
        <Source item={item} onSource={onSource} />
        <When item={item} />
        {item.assets.map((asset) => {
          const why = t(MATCHED[asset.matched_by], {
            term: asset.term,
            source: providerLabel(item.provider),
          });
          return onAsset ? (
            <button
              key={asset.asset_id}
              type="button"
              title={why}
              onClick={() => onAsset(asset.asset_id)}
              className="inline-flex min-h-6 items-center rounded-full border border-accent px-2 text-accent hover:bg-wash"
            >
              <span className="sr-only">{t('onlyAsset', { name: asset.name })}. </span>
              {symbolOf(asset)}
              <span className="sr-only">. {why}</span>
            </button>
          ) : (
            <Badge key={asset.asset_id} tone="accent" title={why}>
              {symbolOf(asset)}
            </Badge>
          );
        })}
        {badge}
        {!item.sentiment && item.language && item.language !== 'en' && (
          <Badge title={t('unread', { language: languageName(item.language) })}>
            {languageName(item.language)}
          </Badge>
        )}
      </div>
      {panel}
    </li>
  );
}

function Title({ item: { title, url } }: { item: NewsItem }) {
  if (!/^https?:\/\//i.test(url)) return title;
  return (
    <a
      href={url}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="break-words rounded-sm hover:underline"
    >
      {title}
      <span className="sr-only"> ({t('opensOutside')})</span>
    </a>
  );
}

function Source({ item: { publisher }, onSource }: Pick<HeadlineProps, 'item' | 'onSource'>) {
  if (!publisher) return null;
  if (!onSource) return <span dir="auto">{publisher}</span>;
  return (
    <button
      type="button"
      dir="auto"
      title={t('onlySource', { source: publisher })}
      onClick={() => onSource(publisher)}
      className="min-h-6 max-w-full truncate rounded-sm hover:text-text hover:underline"
    >
      {publisher}
    </button>
  );
}

function When({ item: { published_at, fetched_at } }: { item: NewsItem }) {
  const at = published_at ?? fetched_at;
  return (
    <time dateTime={at} title={formatInstant(at)}>
      {published_at ? '' : `${t('undated')} `}
      {formatAgo(at)}
      <span className="max-sm:sr-only"> · {formatInstant(at)}</span>
    </time>
  );
}

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(formatLocale(), { type: 'language' }).of(code) ?? code;
  } catch {
    // What is no language of the list is shown as it was said.
    return code;
  }
}
