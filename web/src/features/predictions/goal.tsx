import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Goal, GoalOdds } from '@/api/parse/advice';
import { isApiError } from '@/api/problem';
import { type GoalForecast, goalForecastQuery } from '@/api/queries/advice';
import { FanChart } from '@/charts/fan';
import { daysBetween, formatAgo, formatDay } from '@/lib/dates';
import { count, percent } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Button, buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useWriteBlock } from '@/ui/write-block';
import { t as adviceText, movedText } from './advice-messages';
import { useHistory } from './forecast';
import { t } from './messages';
import { goalCurve, oddsText } from './odds';
import { type AskedOdds, OddsCard } from './odds-card';
import { isRefusal, Refused, StaleNotes } from './states';

const CHART_PX = 320;

interface GoalViewProps {
  goal: Goal;
  /** The name of its portfolio. */
  name: string;
  asked: AskedOdds;
  onAsk: (asked: AskedOdds) => void;
}

/** What a goal may come to until its day with the portfolio as it is, the odds of any amount, and of falls on the way. */
export function GoalView({ goal, name, asked, onAsk }: GoalViewProps) {
  const { data, error, refetch, isFetching } = useQuery(goalForecastQuery(goal));
  const [odds, setOdds] = useState<AskedOdds>({ price: undefined, change: asked.change });
  const title = adviceText('goalFan', { name: goal.name });
  const of = useMemo(
    () =>
      data && {
        kind: 'goal' as const,
        base: data.odds.goal.target_amount,
        currency: data.odds.base_currency,
        day: data.odds.goal.target_on,
        curve: goalCurve(data.odds),
      },
    [data],
  );
  if (!data && error && isApiError(error, 'invalid-horizon')) return <Over goal={goal} error={error} />;
  if (!data && error && isRefusal(error))
    return <Refused to={{ kind: 'portfolio', id: goal.portfolio_id }} name={name} error={error} />;
  if (!data || !of)
    return (
      <Card title={title}>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={CHART_PX} />
        ) : (
          <>
            <Skeleton height={CHART_PX} />
            <p className="mt-2 text-muted text-xs">{adviceText('making')}</p>
          </>
        )}
      </Card>
    );
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(20rem,1fr)]">
      <Card title={title} action={<Again goal={goal} isBusy={isFetching} />}>
        <GoalFan forecast={data} title={title} />
      </Card>
      <div className="flex min-w-0 flex-col gap-4">
        <Odds odds={data.odds} goal={goal} />
        <OddsCard of={of} odds={odds} onOdds={setOdds} onRest={onAsk} />
        {data.kept && (
          <Card title={t('track')}>
            <p className="font-medium text-sm">{t('goalNotScored')}</p>
            <p className="mt-1 text-muted text-sm">{data.kept.not_scored_because}</p>
          </Card>
        )}
      </div>
    </div>
  );
}

function GoalFan({ forecast: { odds, kept }, title }: { forecast: GoalForecast; title: string }) {
  const { as_of, value, base_currency, goal, disclaimer } = odds;
  const subject = { kind: 'portfolio', id: odds.portfolio_id } as const;
  const history = useHistory(subject, as_of, daysBetween(as_of, goal.target_on));
  const made = { from: formatDay(as_of), to: formatDay(goal.target_on), model: odds.model.id };
  if (!history) return <Skeleton height={CHART_PX} />;
  return (
    <>
      {kept && <StaleNotes asOf={as_of} staleness={kept.staleness} />}
      <FanChart
        label={title}
        history={history}
        historyLabel={t('values')}
        from={as_of}
        last={value}
        ahead={odds.odds.yearly.map(({ on, quantiles }) => ({ days: daysBetween(as_of, on), quantiles }))}
        currency={base_currency}
        isPrice={false}
        mark={{ value: goal.target_amount, label: adviceText('target'), isKept: true }}
        height={CHART_PX}
      />
      <p className="mt-2 text-muted text-xs">
        {kept ? t('goalMade', { ...made, ago: formatAgo(kept.created_at) }) : t('goalNotKept', made)}
      </p>
      <p className="mt-1 text-muted text-xs">{t('goalFanNote')}</p>
      <ul className="mt-1 flex flex-col gap-1 text-muted text-xs">
        {odds.warnings.map((one) => (
          <li key={`${one.code} ${one.detail}`}>{one.detail}</li>
        ))}
      </ul>
      <p className="mt-1 text-muted text-xs">{disclaimer}</p>
    </>
  );
}

function Again({ goal, isBusy }: { goal: Goal; isBusy: boolean }) {
  const block = useWriteBlock();
  const cache = useQueryClient();
  const { queryKey } = goalForecastQuery(goal);
  return (
    <Button
      kind="ghost"
      icon="refresh"
      busy={isBusy}
      disabled={block !== undefined}
      title={block}
      onClick={() => void cache.invalidateQueries({ queryKey })}
    >
      {t('again')}
    </Button>
  );
}

function Odds({ odds: { odds, base_currency, paths, premia_moved }, goal }: { odds: GoalOdds; goal: Goal }) {
  return (
    <Card title={adviceText('goalOdds')}>
      <p>
        <span className="font-semibold text-3xl tracking-tight" data-testid="goal-odds">
          {oddsText(odds.goal.probability)}
        </span>{' '}
        <span className="text-muted text-sm">
          <GoalBy goal={goal} currency={base_currency} />
        </span>
      </p>
      <p className="mt-1 text-muted text-xs">
        {adviceText('goalError', { paths: count(paths), error: percent(odds.goal.error) })}
      </p>
      <h3 className="mt-4 font-medium text-sm">{adviceText('falls')}</h3>
      <dl className="mt-1 flex flex-col gap-1 text-sm">
        {odds.drawdowns.map(({ depth, probability }) => (
          <div key={depth} className="flex justify-between gap-3">
            <dt className="text-muted">{adviceText('fallOf', { depth: percent(depth, 0) })}</dt>
            <dd>{oddsText(probability)}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-4 font-medium text-sm">{adviceText('premia')}</h3>
      <dl className="mt-1 flex flex-col gap-1 text-sm">
        {premia_moved.map(({ premium_change, goal: moved }) => (
          <div key={premium_change} className="flex justify-between gap-3">
            <dt className="text-muted">{movedText(premium_change)}</dt>
            <dd>{oddsText(moved.probability)}</dd>
          </div>
        ))}
      </dl>
      <ToAdvice goal={goal} step="advice" className="mt-4">
        {adviceText('goalRefine')}
      </ToAdvice>
    </Card>
  );
}

interface ToAdviceProps {
  goal: Goal;
  step: 'goal' | 'advice';
  className?: string;
  children: string;
}

function ToAdvice({ goal, step, className, children }: ToAdviceProps) {
  return (
    <Link
      to="/portfolios/$id/advice"
      params={{ id: goal.portfolio_id }}
      search={{ goal: goal.id, step } as never}
      className={buttonClass('secondary', className)}
    >
      {children}
    </Link>
  );
}

/** Nothing is to come of a goal whose day was. */
function Over({ goal, error }: { goal: Goal; error: Error }) {
  return (
    <Card>
      <Empty
        icon="calendar"
        title={t('goalOver')}
        action={
          <ToAdvice goal={goal} step="goal">
            {t('goalChange')}
          </ToAdvice>
        }
      >
        {error.message}
      </Empty>
    </Card>
  );
}

function GoalBy({ goal, currency }: { goal: Goal; currency: string }) {
  const words = adviceText('goalBy', { amount: '\u0000', day: formatDay(goal.target_on) });
  const [before, after] = words.split('\u0000');
  return (
    <>
      {before}
      <Amount value={goal.target_amount} currency={currency} />
      {after}
    </>
  );
}
