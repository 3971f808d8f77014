import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ALL, type Asked } from '@/api/parse/explanations';
import type { Performance } from '@/api/parse/performance';
import type { Holdings } from '@/api/parse/portfolios';
import { usePerformance } from '@/api/queries/performance';
import { holdingsQuery } from '@/api/queries/portfolios';
import { addDays } from '@/lib/dates';
import { change } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { StaleBadge } from '@/ui/badge';
import { Card, Stat, StatRow } from '@/ui/card';
import { closedReason } from '@/ui/day-change';
import { Delta, Gain } from '@/ui/delta';
import { ErrorState } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
import { FigureLabel } from '@/ui/figure';
import { figureText, reasonText } from '@/ui/figure-words';
import { Skeleton } from '@/ui/skeleton';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';
import type { PartProps } from './part';
import { partialValue, staleOf } from './partial-value';

const ROW_PX = 96;
const RETURNS = ['gain', 'twr', 'mwr'] as const;

export function Stats({ portfolio, range }: PartProps) {
  const holdings = useQuery(holdingsQuery(portfolio.id, range.to));
  const performance = usePerformance(portfolio.id, range.from, range.to);
  // Where only one question failed, its figures say so: the cards below ask the same and have the retry.
  const lost = [holdings, performance].map(({ data, error }) => (data ? null : error));
  const [noHoldings = null, noPerformance = null] = lost;
  if (noHoldings && noPerformance) {
    const again = () => [holdings, performance].map(({ refetch }) => refetch());
    return (
      <Card>
        <ErrorState error={noHoldings} onRetry={() => void again()} minHeight={ROW_PX} />
      </Card>
    );
  }
  return (
    <StatRow>
      {noHoldings ? <Lost name="value" error={noHoldings} /> : <Value holdings={holdings.data} />}
      {noHoldings ? <Lost name="day" error={noHoldings} /> : <Day holdings={holdings.data} />}
      {noPerformance
        ? RETURNS.map((name) => <Lost key={name} name={name} error={noPerformance} />)
        : [
            <RangeGain key="gain" performance={performance.data} />,
            <Rate key="twr" name="twr" performance={performance.data} />,
            <Rate key="mwr" name="mwr" performance={performance.data} />,
          ]}
    </StatRow>
  );
}

function Lost({ name, error }: { name: 'value' | 'day' | 'gain' | 'twr' | 'mwr'; error: Error }) {
  return (
    <Stat label={<FigureLabel text={figureText(name)} />} note={<Why text={error.message} />}>
      <Unknown reason={error.message} />
    </Stat>
  );
}

// Skeletons inside the figure's own box: the row never changes its size.
function Waiting() {
  return <Skeleton height={20} className="mt-1 w-3/5" />;
}

export function Pending({ name }: { name: 'value' | 'gain' | 'twr' | 'mwr' }) {
  return (
    <Stat label={<FigureLabel text={figureText(name)} />} note="">
      <Waiting />
    </Stat>
  );
}

function Value({ holdings }: { holdings: Holdings | undefined }) {
  if (!holdings) return <Pending name="value" />;
  const { value, without, atCost } = partialValue(holdings);
  const currency = holdings.base_currency;
  return (
    <Stat
      label={<ValueLabel holdings={holdings} />}
      note={
        without.length > 0 ? (
          <Warned text={t('valuePartial', { names: names(without) })} />
        ) : atCost.length > 0 ? (
          <Warned text={t('valueAtCost', { names: names(atCost) })} />
        ) : (
          <CashNote holdings={holdings} />
        )
      }
    >
      <Explained asked={{ of: holdings.portfolio_id, figure: 'market_value', to: holdings.as_of }}>
        <Amount value={value} currency={currency} />
      </Explained>
    </Stat>
  );
}

function ValueLabel({ holdings }: { holdings: Holdings }) {
  const stale = staleOf(holdings);
  const oldest = stale.map(({ price_as_of }) => price_as_of ?? '').sort()[0];
  return (
    // Of the height of the other labels, with and without the badge: the figures stand in one line.
    <span className="flex h-4 items-center gap-2">
      <FigureLabel text={figureText('value')} />
      {oldest && <StaleBadge asOf={oldest} />}
    </span>
  );
}

function CashNote({ holdings }: { holdings: Holdings }) {
  const [before, after] = t('cashNote').split('{amount}');
  return (
    <span className="block truncate">
      {before}
      <Explained asked={{ of: holdings.portfolio_id, figure: 'cash_value', to: holdings.as_of }}>
        <Amount value={holdings.totals.cash_value} currency={holdings.base_currency} />
      </Explained>
      {after}
    </span>
  );
}

function Warned({ text }: { text: string }) {
  return (
    <span className="block truncate text-loss" title={text}>
      {text}
    </span>
  );
}

function names([first = '', ...more]: readonly string[]): string {
  return more.length > 1 ? t('more', { first, count: more.length }) : [first, ...more].join(', ');
}

function Day({ holdings }: { holdings: Holdings | undefined }) {
  const totals = holdings?.totals;
  const closed = holdings && closedReason(holdings);
  if (closed)
    return (
      <Stat label={<FigureLabel text={figureText('day')} />} note={<Why text={closed} />}>
        <Unknown reason={closed} />
      </Stat>
    );
  return (
    <Stat
      label={<FigureLabel text={figureText('day')} />}
      note={holdings ? <DayNote holdings={holdings} /> : ''}
    >
      {holdings && totals ? (
        <Explained asked={{ figure: 'simple_gain', ...lastDay(holdings) }}>
          <Gain value={totals.day_gain} currency={holdings.base_currency} reason={t('dayUnknown')} />
        </Explained>
      ) : (
        <Waiting />
      )}
    </Stat>
  );
}

function DayNote({ holdings }: { holdings: Holdings }) {
  const move = holdings.totals.day_return;
  if (move === null) return <Why text={t('dayUnknown')} />;
  return (
    <Explained asked={{ figure: 'twr', ...lastDay(holdings) }}>
      <Delta value={move} />
    </Explained>
  );
}

function lastDay({ portfolio_id: of, as_of }: Holdings): Pick<Asked, 'of' | 'from' | 'to'> {
  return { of, from: addDays(as_of, -1), to: as_of };
}

/** A figure with its explanation: of the portfolio, or of all in their currency. */
export function Told({ performance, figure, children }: ToldProps) {
  const { portfolio_id, base_currency, from, to } = performance;
  const whose = portfolio_id === null ? { of: ALL, currency: base_currency } : { of: portfolio_id };
  return <Explained asked={{ ...whose, figure, from, to }}>{children}</Explained>;
}

interface ToldProps {
  performance: Performance;
  figure: Asked['figure'];
  children: ReactNode;
}

export function RangeGain({ performance }: { performance: Performance | undefined }) {
  if (!performance) return <Pending name="gain" />;
  const { simple_gain, simple_return, base_currency, reasons } = performance;
  return (
    <Stat
      label={<FigureLabel text={figureText('gain')} />}
      note={
        <span className="block truncate">
          <Told figure="simple_return" performance={performance}>
            <Delta value={simple_return} reason={reasonText(reasons.simple_return)} />
          </Told>{' '}
          {t('returnNote')}
        </span>
      }
    >
      <Told figure="simple_gain" performance={performance}>
        <Gain
          value={simple_gain}
          currency={base_currency}
          reason={reasonText(reasons.simple_gain ?? 'missing_rate')}
        />
      </Told>
    </Stat>
  );
}

interface RateProps {
  name: 'twr' | 'mwr';
  performance: Performance | undefined;
}

/** The return over the range; a year's rate under it, where the range is long enough to have one. */
export function Rate({ name, performance }: RateProps) {
  if (!performance) return <Pending name={name} />;
  const { reasons } = performance;
  const [whole, yearly] =
    name === 'twr'
      ? [performance.twr, performance.twr_annualised]
      : [performance.mwr_period, performance.mwr];
  const whyNot = reasonText(reasons[name]);
  return (
    <Stat
      label={<FigureLabel text={figureText(name)} />}
      note={
        whole === null ? (
          <Why text={whyNot} />
        ) : yearly === null || reasons.twr_annualised !== undefined ? (
          <Why text={t('notYearly')} full={reasonText(reasons.twr_annualised)} />
        ) : (
          <Told figure={name === 'twr' ? 'twr_annualised' : 'mwr'} performance={performance}>
            {t('aYear', { rate: change(yearly) })}
          </Told>
        )
      }
    >
      <Told figure={name === 'twr' ? 'twr' : 'mwr_period'} performance={performance}>
        <Delta value={whole} reason={whyNot} />
      </Told>
    </Stat>
  );
}

function Why({ text, full = text }: { text: string | undefined; full?: string | undefined }) {
  return (
    <span className="block truncate" title={full}>
      {text}
    </span>
  );
}
