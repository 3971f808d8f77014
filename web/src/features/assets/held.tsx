import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { usePortfolio } from '@/api/contexts';
import type { AssetHoldings } from '@/api/parse/assets';
import { assetHoldingsQuery } from '@/api/queries/assets';
import { Amount, Quantity } from '@/ui/amount';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { t } from './messages';

type Held = AssetHoldings['items'][number];

/** What every portfolio has of it, or had. */
export function HeldCard({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(assetHoldingsQuery(id));
  const { portfolioId } = usePortfolio();
  return (
    <Card title={t('yours')} flush>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />
      ) : !data ? (
        <SkeletonRows rows={3} height={40} />
      ) : data.items.length === 0 ? (
        <Empty
          icon="portfolio"
          title={t('noneHeld')}
          action={
            portfolioId && (
              <Link
                to="/portfolios/$id/transactions"
                params={{ id: portfolioId }}
                search={{ add: true, asset: id } as never}
                className={buttonClass('primary')}
              >
                {t('record')}
              </Link>
            )
          }
        >
          {t('noneHeldBody')}
        </Empty>
      ) : (
        <Table caption={t('yours')} columns={COLUMNS} rows={data.items} rowKey={(row) => row.portfolio_id} />
      )}
    </Card>
  );
}

const COLUMNS: Column<Held>[] = [
  {
    id: 'portfolio',
    header: t('portfolio'),
    isRowHeader: true,
    cell: ({ portfolio_id, portfolio_name, holding }) => (
      <Link
        to="/portfolios/$id"
        params={{ id: portfolio_id }}
        search={(holding ? { asset: holding.asset_id } : {}) as never}
        className={linkClass}
      >
        {portfolio_name}
      </Link>
    ),
  },
  {
    id: 'quantity',
    header: t('quantity'),
    isNumeric: true,
    cell: ({ holding }) =>
      holding ? <Quantity value={holding.quantity} /> : <span className="text-muted">{t('notHeld')}</span>,
  },
  {
    id: 'value',
    header: t('value'),
    isNumeric: true,
    cell: ({ holding, base_currency }) =>
      holding && (
        <span className="block py-1">
          <Amount value={holding.market_value} currency={base_currency} reason={t('noValue')} />
          {/* A phone has no column for it. */}
          <span className="block text-xs sm:hidden">
            <Gain value={holding.unrealised_gain} currency={base_currency} reason={t('noCost')} />
          </span>
        </span>
      ),
  },
  {
    id: 'gain',
    header: t('gain'),
    isNumeric: true,
    from: 'sm',
    cell: ({ holding, base_currency }) =>
      holding && <Gain value={holding.unrealised_gain} currency={base_currency} reason={t('noCost')} />,
  },
  {
    id: 'realised',
    header: t('realised'),
    isNumeric: true,
    from: 'lg',
    cell: ({ holding, base_currency }) =>
      holding && <Gain value={holding.realised_gain} currency={base_currency} reason={t('noCost')} />,
  },
];
