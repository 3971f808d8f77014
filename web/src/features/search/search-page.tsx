import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { Hit, MarketSearch } from '@/api/parse/assets';
import { marketSearchQuery } from '@/api/queries/assets';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { assetClassLabel } from '@/ui/asset-classes';
import { Badge, SimulatedBadge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { inputClass } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { providerLabel } from '@/ui/providers';
import { parseText, useSearchState } from '@/ui/search-state';
import { SkeletonRows } from '@/ui/skeleton';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

const AddDialog = lazy(() => import('./add-dialog'));

const SEARCH = { q: parseText };
const TYPING_MS = 250;
const ASKED_FROM_LENGTH = 2;

/** What is typed goes into the address once it rests, an empty field at once; what comes from there stands in the field. */
function useTyped() {
  const [{ q }, setSearch] = useSearchState(SEARCH);
  const [text, setText] = useState(q ?? '');
  const written = useRef(q);
  const field = useRef<HTMLInputElement>(null);
  const isWritten = (text.trim() || undefined) === q;
  useEffect(() => {
    // Another question than the last of this field: the palette asked it, or the way back.
    if (q !== written.current) {
      setText(q ?? '');
      field.current?.focus();
    }
    written.current = q;
  }, [q]);
  useEffect(() => {
    const wanted = text.trim() || undefined;
    if (isWritten) return;
    const write = () => {
      written.current = wanted;
      setSearch({ q: wanted });
    };
    const timer = setTimeout(write, wanted ? TYPING_MS : 0);
    return () => clearTimeout(timer);
  }, [text, isWritten, setSearch]);
  return { field, text, setText, query: text.trim() === '' ? '' : (q ?? '') };
}

export default function SearchPage() {
  const { field, text, setText, query } = useTyped();
  const [adding, setAdding] = useState<Hit | 'new'>();
  return (
    <>
      <PageHeader title={t('title')} note={t('note')} />
      <div className="relative mb-4">
        <Icon name="search" size={18} className="pointer-events-none absolute start-3 top-3 text-muted" />
        <input
          ref={field}
          type="search"
          // biome-ignore lint/a11y/noAutofocus: whoever opens a search wants to type
          autoFocus
          data-focus
          aria-label={t('field')}
          placeholder={t('hint')}
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          className={`${inputClass} min-h-11 ps-10`}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {query === '' ? (
        <Card>
          <Empty icon="search" title={t('startTitle')}>
            {t('startBody')}
          </Empty>
        </Card>
      ) : (
        <Results query={query} onAdd={setAdding} />
      )}
      <Suspense>
        {adding && (
          <AddDialog
            hit={adding === 'new' ? undefined : adding}
            text={query}
            onClose={() => setAdding(undefined)}
          />
        )}
      </Suspense>
    </>
  );
}

interface ResultsProps {
  query: string;
  onAdd: (hit: Hit | 'new') => void;
}

/** What is kept here comes at once; the providers' answer, or why there is none, takes its place when it is there. */
function Results({ query, onAdd }: ResultsProps) {
  const isAsking = query.length >= ASKED_FROM_LENGTH;
  const here = useQuery(marketSearchQuery(query, false));
  const all = useQuery({ ...marketSearchQuery(query, true), enabled: isAsking });
  const data = all.data ?? here.data;
  const isWaiting = isAsking && all.isFetching && !all.data;
  if (!data)
    return (
      <Card>
        {here.error ? (
          <ErrorState error={here.error} onRetry={() => void here.refetch()} minHeight={240} />
        ) : (
          <SkeletonRows rows={4} height={56} />
        )}
      </Card>
    );
  const failed = isWaiting || all.data ? null : all.error;
  return (
    <Card title={t('results')} flush>
      <p role="status" className="px-4 pb-2 text-muted text-sm">
        {isWaiting ? t('searching') : t(failed ? 'foundHere' : 'found', { count: data.items.length })}
      </p>
      <Notes data={data} />
      {data.items.length > 0 ? (
        <ul>
          {data.items.map((hit) => (
            <Row key={keyOf(hit)} hit={hit} onAdd={() => onAdd(hit)} />
          ))}
        </ul>
      ) : isWaiting ? (
        <SkeletonRows rows={4} height={56} />
      ) : failed ? null : (
        <Empty
          icon="search"
          title={t('noneTitle')}
          action={<Button onClick={() => onAdd('new')}>{t('addByHand')}</Button>}
        >
          {t('noneBody')}
        </Empty>
      )}
      {failed && (
        <div className="border-line border-t">
          <ErrorState error={failed} onRetry={() => void all.refetch()} minHeight={160} />
        </div>
      )}
      {all.data && <Asked providers={all.data.asked} />}
    </Card>
  );
}

function Asked({ providers }: { providers: readonly string[] }) {
  return (
    <p className="border-line border-t px-4 py-2 text-muted text-xs">
      {providers.length > 0
        ? t('asked', { providers: providers.map(providerLabel).join(', ') })
        : t('askedNobody')}
    </p>
  );
}

function keyOf(hit: Hit): string {
  const named = hit.identifiers.map(({ scheme, value }) => `${scheme}=${value}`).join(' ');
  return hit.asset_id ?? `${named} ${hit.isin} ${hit.symbol}@${hit.mic} ${hit.currency} ${hit.name}`;
}

function Notes({ data }: { data: MarketSearch }) {
  const { ambiguous_symbols: symbols, failures } = data;
  if (symbols.length === 0 && failures.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 px-4 pb-3 text-sm">
      {symbols.length > 0 && (
        <li className="flex items-start gap-1.5">
          <Icon name="info" size={16} className="mt-0.5 shrink-0 text-accent" />
          {t('ambiguous', { symbols: symbols.join(', ') })}
        </li>
      )}
      {failures.map(({ provider, detail }) => (
        <li key={provider} className="flex items-start gap-1.5">
          <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />
          {t('failed', { provider: providerLabel(provider), detail })}
        </li>
      ))}
    </ul>
  );
}

function Row({ hit, onAdd }: { hit: Hit; onAdd: () => void }) {
  const block = useWriteBlock();
  const { symbol, name, asset_class, currency, mic, isin, asset_id, identifiers, providers } = hit;
  const key = identifiers.find(({ scheme }) => providers.includes(scheme))?.value;
  const facts = [asset_class && assetClassLabel(asset_class), currency, mic, isin].filter(Boolean);
  const from = [...providers.map(providerLabel), key].filter(Boolean);
  return (
    <li className="flex min-h-14 items-center gap-3 border-line border-t px-4 py-2">
      <span className="min-w-0 grow">
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="break-words font-semibold">{symbolOf(hit)}</span>
          {hit.is_own && <Badge tone="accent">{t('yours')}</Badge>}
          {hit.is_simulated && <SimulatedBadge />}
        </span>
        <span className="line-clamp-2 text-sm">{nameBeside(hit)}</span>
        <span className="block break-words text-muted text-xs">{[...facts, ...from].join(' · ')}</span>
      </span>
      {asset_id ? (
        <Link to="/assets/$id" params={{ id: asset_id }} className={buttonClass('secondary', 'shrink-0')}>
          {t('open')}
        </Link>
      ) : (
        <Button
          icon="plus"
          className="shrink-0"
          aria-label={t('addNamed', { symbol, name })}
          disabled={block !== undefined}
          title={block}
          onClick={onAdd}
        >
          {t('add')}
        </Button>
      )}
    </li>
  );
}
