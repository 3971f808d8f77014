import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Feed, NewsHealth } from '@/api/parse/news';
import { feedsQuery, newsHealthQuery, useAddFeed, useDeleteFeed } from '@/api/queries/news';
import { formatAgo, formatInstant } from '@/lib/dates';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Dialog } from '@/ui/dialog';
import { ErrorState, FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { FieldError, TextField } from '@/ui/field';
import { providerLabel } from '@/ui/providers';
import { SkeletonRows } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

/** Where headlines come from: one's own feeds, to add and remove, and how the providers stand. */
export function SourcesDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={t('sources')} description={t('sourcesNote')} side>
      <div className="flex flex-col gap-6">
        <Feeds />
        <Providers />
      </div>
    </Dialog>
  );
}

function Feeds() {
  const { data, error, refetch } = useQuery(feedsQuery);
  useNewsOfNewFeeds(data?.items);
  return (
    <section aria-label={t('feeds')}>
      <h3 className="mb-2 flex items-baseline justify-between gap-2 font-semibold text-sm">
        {t('feeds')}
        {data && (
          <span className="font-normal text-muted text-xs">
            {t('feedsCount', { count: data.items.length, max: data.feeds_max })}
          </span>
        )}
      </h3>
      <AddFeed />
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={2} height={56} />}
      {data?.items.length === 0 && <p className="mt-3 text-muted text-sm">{t('noFeeds')}</p>}
      <ul className="mt-2">
        {data?.items.map((feed) => (
          <FeedLine key={feed.id} feed={feed} />
        ))}
      </ul>
    </section>
  );
}

/** A feed that was being read has been: its headlines are there to be shown. */
function useNewsOfNewFeeds(feeds: readonly Feed[] | undefined) {
  const cache = useQueryClient();
  const waiting = feeds?.filter(({ asked_at }) => !asked_at).length ?? 0;
  const before = useRef(waiting);
  useEffect(() => {
    if (waiting < before.current) void cache.invalidateQueries({ queryKey: ['news', 'found'] });
    before.current = waiting;
  }, [cache, waiting]);
}

function AddFeed() {
  const [url, setUrl] = useState('');
  const add = useAddFeed();
  const block = useWriteBlock();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (url.trim()) add.mutate(url.trim(), { onSuccess: () => setUrl('') });
  };
  const fault = faultOf(add.error, 'url');
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-2">
      <TextField
        label={t('feedUrl')}
        hint={t('feedHint')}
        error={fault}
        inputMode="url"
        autoCapitalize="none"
        spellCheck={false}
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      {add.error && !fault && <FormError error={add.error} />}
      <Button
        type="submit"
        kind="primary"
        icon="plus"
        busy={add.isPending}
        disabled={block !== undefined}
        title={block}
        className="self-start"
      >
        {t('add')}
      </Button>
    </form>
  );
}

function FeedLine({ feed }: { feed: Feed }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDeleteFeed();
  const block = useWriteBlock();
  const { toast } = useUi();
  const title = feed.title ?? feed.url;
  const end = () =>
    remove.mutate(feed.id, {
      onSuccess: () => {
        setAsking(false);
        toast({ text: t('removed') });
      },
    });
  return (
    <li className="flex items-start justify-between gap-2 border-line border-b py-2.5 last:border-0">
      <div className="min-w-0">
        <p className="break-words font-medium text-sm" dir="auto">
          {title}
        </p>
        {feed.title && <p className="break-all text-muted text-xs">{feed.url}</p>}
        <p
          className="text-muted text-xs"
          title={feed.answered_at ? formatInstant(feed.answered_at) : undefined}
        >
          {feedState(feed)}
        </p>
        <FieldError text={feed.problem ?? undefined} />
      </div>
      <IconButton
        icon="trash"
        className="shrink-0"
        label={t('remove', { title })}
        disabled={block !== undefined}
        onClick={() => setAsking(true)}
      />
      <Confirm
        open={isAsking}
        title={t('removeTitle')}
        action={t('removeAction')}
        isDangerous
        busy={remove.isPending}
        error={remove.error}
        onConfirm={end}
        onClose={() => setAsking(false)}
      >
        {t('removeBody', { title })}
      </Confirm>
    </li>
  );
}

function feedState({ asked_at, answered_at, items }: Feed): string {
  if (!asked_at) return t('reading');
  return answered_at ? t('feedRead', { count: items, ago: formatAgo(answered_at) }) : t('feedNever');
}

function Providers() {
  const { data, error, refetch } = useQuery(newsHealthQuery);
  return (
    <section aria-label={t('providers')}>
      <h3 className="mb-1 font-semibold text-sm">{t('providers')}</h3>
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={2} height={48} />}
      {data?.sources.length === 0 && <p className="text-muted text-sm">{t('noProviders')}</p>}
      <ul>
        {data?.sources.map((source) => (
          <ProviderLine key={source.provider} source={source} />
        ))}
      </ul>
      {data && (
        <p className="mt-2 text-muted text-xs" title={formatInstant(data.next_run_at)}>
          {t('nextRun', { ago: formatAgo(data.next_run_at) })}
        </p>
      )}
    </section>
  );
}

function ProviderLine({ source }: { source: NewsHealth['sources'][number] }) {
  const isFailing = ['failing', 'resting', 'refused'].includes(source.state);
  const facts = [
    source.answered_at ? t('answered', { ago: formatAgo(source.answered_at) }) : t('neverAnswered'),
    source.newest_at && t('newest', { ago: formatAgo(source.newest_at) }),
  ];
  return (
    <li className="border-line border-b py-2 last:border-0">
      <p className="font-medium text-sm">{providerLabel(source.provider)}</p>
      <p className="text-muted text-xs">{facts.filter(Boolean).join(' · ')}</p>
      <FieldError text={isFailing ? (source.problem ?? undefined) : undefined} />
    </li>
  );
}
