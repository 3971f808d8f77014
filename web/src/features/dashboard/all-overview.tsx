import { Link } from '@tanstack/react-router';
import { usePortfolio } from '@/api/contexts';
import type { Performance } from '@/api/parse/performance';
import type { Portfolio } from '@/api/parse/portfolios';
import { usePerformance } from '@/api/queries/performance';
import { isBeingValued } from '@/api/queries/portfolios';
import { formatDay, todayIn } from '@/lib/dates';
import { Amount } from '@/ui/amount';
import { SimulatedBadge } from '@/ui/badge';
import { Card, PageHeader, Stat, StatRow } from '@/ui/card';
import type { Column } from '@/ui/column';
import { ErrorState } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
import { FigureLabel } from '@/ui/figure';
import { figureText, reasonText } from '@/ui/figure-words';
import { RangePicker } from '@/ui/range-picker';
import { useRange } from '@/ui/range-state';
import { Table } from '@/ui/table';
import { HistoryCard } from './history-card';
import { t } from './messages';
import { Pending, RangeGain, Rate, Told } from './stats';

const ROW_PX = 96;

/** All portfolios as one: values and flows are added and the rates worked out from the sums, by the server. */
export default function AllOverview({ portfolios }: { portfolios: readonly [Portfolio, ...Portfolio[]] }) {
  const zone = portfolios[0].time_zone;
  const range = useRange(zone);
  const { data, error, refetch } = usePerformance(undefined, range.from, range.to);
  return (
    <>
      <PageHeader
        title={t('allTitle')}
        note={
          <span className="block h-6 whitespace-nowrap">
            {data && t('allNote', { currency: data.base_currency, day: formatDay(data.as_of) })}
          </span>
        }
      >
        <RangePicker value={range.range} onChange={range.choose} max={todayIn(zone)} />
      </PageHeader>
      <div className="flex flex-col gap-4">
        {error && !data ? (
          <Card>
            <ErrorState error={error} onRetry={() => void refetch()} minHeight={ROW_PX} />
          </Card>
        ) : (
          <StatRow>
            <Value performance={data} />
            <RangeGain performance={data} />
            <Rate name="twr" performance={data} />
            <Rate name="mwr" performance={data} />
          </StatRow>
        )}
        <HistoryCard portfolioId={undefined} range={range} />
        <Card title={t('portfolios')} flush>
          <Each portfolios={portfolios} />
        </Card>
      </div>
    </>
  );
}

function Value({ performance }: { performance: Performance | undefined }) {
  if (!performance) return <Pending name="value" />;
  const { end_value, base_currency, reasons } = performance;
  return (
    <Stat label={<FigureLabel text={figureText('value')} />} note="">
      <Told figure="market_value" performance={performance}>
        <Amount
          value={end_value}
          currency={base_currency}
          reason={reasonText(reasons.end_value ?? 'missing_rate')}
        />
      </Told>
    </Stat>
  );
}

/** Each in its own currency; one click away. */
function Each({ portfolios }: { portfolios: readonly Portfolio[] }) {
  const { select } = usePortfolio();
  const columns: Column<Portfolio>[] = [
    {
      id: 'name',
      header: t('portfolio'),
      isRowHeader: true,
      sortValue: ({ name }) => name,
      cell: ({ id, name, is_demo }) => (
        <span className="flex flex-wrap items-center gap-2">
          <Link
            to="/portfolios/$id"
            params={{ id }}
            className="font-semibold underline decoration-line underline-offset-4 hover:decoration-control"
            onClick={() => select(id)}
          >
            {name}
          </Link>
          {is_demo && <SimulatedBadge />}
        </span>
      ),
    },
    {
      id: 'as_of',
      header: t('valueOf'),
      from: 'sm',
      cell: ({ as_of }) => (as_of ? formatDay(as_of) : null),
    },
    {
      id: 'value',
      header: t('value'),
      isNumeric: true,
      cell: ({ id, market_value, base_currency, ...portfolio }) => {
        const cell = (
          <Amount value={market_value} currency={base_currency} reason={t(whyUnknown(portfolio))} />
        );
        if (portfolio.as_of === null) return cell;
        return <Explained asked={{ of: id, figure: 'market_value', to: portfolio.as_of }}>{cell}</Explained>;
      },
    },
  ];
  return <Table caption={t('portfolios')} columns={columns} rows={portfolios} rowKey={({ id }) => id} />;
}

function whyUnknown(portfolio: { transactions_count: number; as_of: string | null }) {
  if (portfolio.transactions_count === 0) return 'startTitle';
  return isBeingValued(portfolio) ? 'valuing' : 'dayUnknown';
}
