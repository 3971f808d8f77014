import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Goal, GoalOdds } from '@/api/parse/advice';
import { goalOddsQuery } from '@/api/queries/advice';
import { FanChart } from '@/charts/fan';
import { daysBetween, formatDay } from '@/lib/dates';
import { count, percent } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { movedText, t } from './advice-messages';
import { oddsText } from './odds';

const CHART_PX = 320;

/** The odds of a goal with the portfolio as it is, year by year, and of falls on the way. */
export function GoalView({ goal }: { goal: Goal }) {
  const { data, error, refetch } = useQuery(goalOddsQuery(goal));
  const title = t('goalFan', { name: goal.name });
  if (!data)
    return (
      <Card title={title}>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={CHART_PX} />
        ) : (
          <>
            <Skeleton height={CHART_PX} />
            <p className="mt-2 text-muted text-xs">{t('making')}</p>
          </>
        )}
      </Card>
    );
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(20rem,1fr)]">
      <Card title={title}>
        <GoalFan odds={data} title={title} />
        <p className="mt-2 text-muted text-xs">{data.disclaimer}</p>
      </Card>
      <Odds data={data} goal={goal} />
    </div>
  );
}

function GoalFan({
  odds: { odds, as_of, value, base_currency, goal },
  title,
}: {
  odds: GoalOdds;
  title: string;
}) {
  return (
    <FanChart
      label={title}
      history={[]}
      historyLabel={t('value')}
      from={as_of}
      last={value}
      ahead={odds.yearly.map(({ on, quantiles }) => ({ days: daysBetween(as_of, on), quantiles }))}
      currency={base_currency}
      isPrice={false}
      mark={{ value: goal.target_amount, label: t('target'), isKept: true }}
      height={CHART_PX}
    />
  );
}

function Odds({ data, goal }: { data: GoalOdds; goal: Goal }) {
  const { odds, base_currency, paths, premia_moved } = data;
  return (
    <Card title={t('goalOdds')}>
      <p>
        <span className="font-semibold text-3xl tracking-tight" data-testid="goal-odds">
          {oddsText(odds.goal.probability)}
        </span>{' '}
        <span className="text-muted text-sm">
          <GoalBy goal={goal} currency={base_currency} />
        </span>
      </p>
      <p className="mt-1 text-muted text-xs">
        {t('goalError', { paths: count(paths), error: percent(odds.goal.error) })}
      </p>
      <h3 className="mt-4 font-medium text-sm">{t('falls')}</h3>
      <dl className="mt-1 flex flex-col gap-1 text-sm">
        {odds.drawdowns.map(({ depth, probability }) => (
          <div key={depth} className="flex justify-between gap-3">
            <dt className="text-muted">{t('fallOf', { depth: percent(depth, 0) })}</dt>
            <dd>{oddsText(probability)}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-4 font-medium text-sm">{t('premia')}</h3>
      <dl className="mt-1 flex flex-col gap-1 text-sm">
        {premia_moved.map(({ premium_change, goal: moved }) => (
          <div key={premium_change} className="flex justify-between gap-3">
            <dt className="text-muted">{movedText(premium_change)}</dt>
            <dd>{oddsText(moved.probability)}</dd>
          </div>
        ))}
      </dl>
      <Link
        to="/portfolios/$id/advice"
        params={{ id: goal.portfolio_id }}
        search={{ goal: goal.id, step: 'advice' } as never}
        className={buttonClass('secondary', 'mt-4')}
      >
        {t('goalRefine')}
      </Link>
    </Card>
  );
}

function GoalBy({ goal, currency }: { goal: Goal; currency: string }) {
  const [before, after] = t('goalBy', { amount: '\u0000', day: formatDay(goal.target_on) }).split('\u0000');
  return (
    <>
      {before}
      <Amount value={goal.target_amount} currency={currency} />
      {after}
    </>
  );
}
