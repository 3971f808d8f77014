import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePortfolio } from '@/api/contexts';
import type { AssetHoldings } from '@/api/parse/assets';
import type { Asked } from '@/api/parse/explanations';
import { assetHoldingsQuery } from '@/api/queries/assets';
import { Amount, Quantity } from '@/ui/amount';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
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

interface OfRowProps {
  figure: Asked['figure'];
  row: Held;
  children: ReactNode;
}

/** A figure of the asset in the portfolio of its row. */
function OfRow({ figure, row: { portfolio_id: of, as_of: to, holding }, children }: OfRowProps) {
  return holding && <Explained asked={{ of, figure, asset_id: holding.asset_id, to }}>{children}</Explained>;
}

/** On what is held, or on what was sold. */
function GainCell({ figure, row }: { figure: 'unrealised_gain' | 'realised_gain'; row: Held }) {
  const { holding, base_currency } = row;
  return (
    <OfRow figure={figure} row={row}>
      <Gain value={holding?.[figure] ?? null} currency={base_currency} reason={t('noCost')} />
    </OfRow>
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
    cell: (row) =>
      row.holding ? (
        <OfRow figure="quantity" row={row}>
          <Quantity value={row.holding.quantity} />
        </OfRow>
      ) : (
        <span className="text-muted">{t('notHeld')}</span>
      ),
  },
  {
    id: 'value',
    header: t('value'),
    isNumeric: true,
    cell: (row) =>
      row.holding && (
        <span className="block py-1">
          <OfRow figure="market_value" row={row}>
            <Amount value={row.holding.market_value} currency={row.base_currency} reason={t('noValue')} />
          </OfRow>
          {/* A phone has no column for it. */}
          <span className="mt-1 block text-xs sm:hidden">
            <GainCell figure="unrealised_gain" row={row} />
          </span>
        </span>
      ),
  },
  {
    id: 'gain',
    header: t('gain'),
    isNumeric: true,
    from: 'sm',
    cell: (row) => <GainCell figure="unrealised_gain" row={row} />,
  },
  {
    id: 'realised',
    header: t('realised'),
    isNumeric: true,
    from: 'lg',
    cell: (row) => <GainCell figure="realised_gain" row={row} />,
  },
];
