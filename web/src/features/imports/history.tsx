import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Import } from '@/api/parse/imports';
import { importsQuery } from '@/api/queries/imports';
import { formatInstant } from '@/lib/dates';
import { count } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { useWriteBlock } from '@/ui/write-block';
import { Discard } from './discard';
import { t } from './messages';
import { Revert } from './revert';
import { useFormatName } from './use-format-name';

type Asked = { what: 'revert' | 'discard'; item: Import } | undefined;

const TONES = {
  reading: 'neutral',
  preview: 'warning',
  booking: 'neutral',
  confirmed: 'accent',
  reverting: 'neutral',
  reverted: 'neutral',
  discarded: 'neutral',
} as const;

export function StateBadge({ state }: { state: Import['state'] }) {
  return <Badge tone={TONES[state]}>{t(`state_${state}`)}</Badge>;
}

/** Every import of the portfolio, with what can still be done about it. */
export function History({ portfolioId }: { portfolioId: string }) {
  const { data, error, refetch } = useQuery(importsQuery(portfolioId));
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  return (
    <Card title={t('historyTitle')} flush>
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} minHeight={200} />}
      {!data && !error && <SkeletonRows rows={5} height={41} />}
      {data?.items.length === 0 && (
        <Empty icon="file" title={t('historyEmpty')}>
          {t('historyEmptyBody')}
        </Empty>
      )}
      {data && data.items.length > 0 && <List items={data.items} onAsk={setAsked} />}
      {asked?.what === 'revert' && <Revert item={asked.item} onClose={close} />}
      {asked?.what === 'discard' && <Discard item={asked.item} onClose={close} onDone={close} />}
    </Card>
  );
}

function List({ items, onAsk }: { items: readonly Import[]; onAsk: (asked: Asked) => void }) {
  const formatName = useFormatName();
  const columns: readonly Column<Import>[] = [
    {
      id: 'file',
      header: t('file'),
      isRowHeader: true,
      cell: (item) => (
        <span className="wrap-anywhere block min-w-28 max-w-80 font-medium">{item.file_name}</span>
      ),
      sortValue: (item) => item.file_name,
    },
    {
      id: 'format',
      header: t('format'),
      from: 'lg',
      cell: (item) => formatName(item.format),
    },
    { id: 'state', header: t('state'), cell: (item) => <StateBadge state={item.state} /> },
    {
      id: 'when',
      header: t('when'),
      from: 'md',
      cell: (item) => formatInstant(item.confirmed_at ?? item.created_at),
      sortValue: (item) => item.created_at,
    },
    {
      id: 'rows',
      header: t('rows'),
      isNumeric: true,
      from: 'sm',
      cell: (item) => count(item.counts.total),
      sortValue: (item) => item.counts.total,
    },
    { id: 'actions', header: t('actions'), cell: (item) => <Actions item={item} onAsk={onAsk} /> },
  ];
  return <Table caption={t('historyTitle')} columns={columns} rows={items} rowKey={({ id }) => id} />;
}

function Actions({ item, onAsk }: { item: Import; onAsk: (asked: Asked) => void }) {
  const block = useWriteBlock();
  const isDraft = item.state === 'preview' || item.state === 'reading' || item.state === 'booking';
  return (
    <span className="flex flex-wrap gap-1">
      <Link
        to="/portfolios/$id/import"
        params={{ id: item.portfolio_id }}
        search={{ import: item.id } as never}
        aria-label={`${t(isDraft ? 'resume' : 'open')} ${item.file_name}`}
        className={buttonClass(isDraft ? 'secondary' : 'ghost')}
      >
        {t(isDraft ? 'resume' : 'open')}
      </Link>
      {(isDraft || item.state === 'confirmed') && (
        <Button
          kind="ghost"
          disabled={block !== undefined}
          title={block}
          aria-label={`${t(isDraft ? 'discard' : 'revert')} ${item.file_name}`}
          onClick={() => onAsk({ what: isDraft ? 'discard' : 'revert', item })}
        >
          {t(isDraft ? 'discard' : 'revert')}
        </Button>
      )}
    </span>
  );
}
