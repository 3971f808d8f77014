import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import type { PriceQuality } from '@/api/parse/assets';
import { priceQualityQuery } from '@/api/queries/assets';
import { formatAgo, formatDay } from '@/lib/dates';
import { count } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { providerLabel } from '@/ui/providers';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { useFirst } from '@/ui/use-first';
import { t } from './messages';

type Source = PriceQuality['sources'][number];
type Doubt = PriceQuality['quarantine'][number];

const SHOWN_FIRST = 5;
const OWN = ['manual', 'csv', 'simulated', 'merged'] as const;
/** Where a price is from: one's own hand or file, or a provider. */
function sourceLabel(source: string): string {
  const own = OWN.find((name) => name === source);
  return own ? t(own) : providerLabel(source);
}

/** Who gave the prices, when they were last asked, and what was not believed. */
export function QualityCard({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(priceQualityQuery(id));
  return (
    <Card title={t('quality')} flush>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />
      ) : !data ? (
        <SkeletonRows rows={3} height={40} />
      ) : (
        <>
          <Standing quality={data} />
          {data.sources.length > 0 && (
            <Table
              caption={t('quality')}
              columns={SOURCES}
              rows={data.sources}
              rowKey={(row) => row.source}
            />
          )}
          <Doubted items={data.quarantine} />
        </>
      )}
    </Card>
  );
}

function Standing({ quality }: { quality: PriceQuality }) {
  const { is_followed, asked_at, provider, problem, flag, sources } = quality;
  const isMadeUp = sources.length > 0 && sources.every(({ source }) => source === 'simulated');
  const asked =
    asked_at &&
    (provider
      ? t('lastAnswered', { ago: formatAgo(asked_at), provider: sourceLabel(provider) })
      : t('lastAsked', { ago: formatAgo(asked_at) }));
  return (
    <div className="flex flex-col gap-1 px-4 pb-3 text-sm">
      <p>{t(is_followed ? 'followed' : isMadeUp ? 'madeUp' : 'notFollowed')}</p>
      {is_followed && asked && <p className="text-muted">{asked}</p>}
      {(problem ?? flag) && (
        <p className="flex items-start gap-1.5">
          <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />
          {problem ?? flag}
        </p>
      )}
    </div>
  );
}

const SOURCES: Column<Source>[] = [
  {
    id: 'source',
    header: t('source'),
    isRowHeader: true,
    cell: ({ source }) => <span className="block py-1.5">{sourceLabel(source)}</span>,
  },
  { id: 'closes', header: t('count'), isNumeric: true, cell: ({ closes }) => count(closes) },
  {
    id: 'period',
    header: t('period'),
    cell: ({ first, last }) => (
      <span className="block py-1">
        {first === last ? formatDay(first) : t('fromTo', { from: formatDay(first), to: formatDay(last) })}
      </span>
    ),
  },
];

/** What was doubted. An accepted price is the price of its day, and no longer put aside. */
function Doubted({ items }: { items: readonly Doubt[] }) {
  const accepted = items.filter(({ state }) => state === 'accepted');
  const aside = items.filter(({ state }) => state !== 'accepted');
  const isOpen = aside.some(({ state }) => state === 'open');
  return (
    <>
      {aside.length > 0 && (
        <Doubts title={t('putAside')} note={t('putAsideNote')} items={aside}>
          {isOpen && (
            <Link to="/data-health" className={`${linkClass} font-medium`}>
              {t('decide')}
            </Link>
          )}
        </Doubts>
      )}
      {accepted.length > 0 && <Doubts title={t('believed')} note={t('believedNote')} items={accepted} />}
    </>
  );
}

interface DoubtsProps {
  title: string;
  note: string;
  items: readonly Doubt[];
  children?: ReactNode;
}

/** The value is a text of the provider, which may be no number: shown as it came. */
function Doubts({ title, note, items, children }: DoubtsProps) {
  const id = useId();
  const { shown, rest, showAll } = useFirst(items, SHOWN_FIRST);
  return (
    <section aria-labelledby={id} className="border-line border-t px-4 py-3 text-sm">
      <h3 id={id} className="font-medium">
        {title}
      </h3>
      <p className="text-muted text-xs">{note}</p>
      <ul className="mt-1 flex flex-col gap-2">
        {shown.map(({ id, day, value, currency, detail, provider, state, times }) => (
          <li key={id}>
            <span className="flex flex-wrap items-center gap-x-2">
              <span className="min-w-0 break-all font-medium">
                {value} {currency}
              </span>
              <span className="text-muted">
                {formatDay(day)} · {sourceLabel(provider)} · {t('times', { count: times })}
              </span>
              {state !== 'accepted' && (
                <Badge tone={state === 'open' ? 'warning' : 'neutral'}>{t(state)}</Badge>
              )}
            </span>
            <span className="block text-muted">{detail}</span>
          </li>
        ))}
      </ul>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 empty:hidden">
        {rest > 0 && <Button onClick={showAll}>{t('showMore', { count: rest })}</Button>}
        {children}
      </div>
    </section>
  );
}
