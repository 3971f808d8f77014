import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Prediction, Scoreboard, Skill } from '@/api/parse/predictions';
import { scoreboardQuery } from '@/api/queries/predictions';
import { count } from '@/lib/format';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';
import { estimate, type Held, HeldCell, SkillCell } from './scores';
import { SCORED } from './search';

const BODY_PX = 232;

/** Beside a forecast: what forecasts over as many days were worth. */
export function TrackCard({ forecast }: { forecast: Prediction }) {
  const { data, error, refetch } = useQuery(scoreboardQuery);
  const more = (
    <Link to="/predictions/scoreboard" className="min-h-6 text-accent text-sm hover:underline">
      {t('wholeScoreboard')}
    </Link>
  );
  return (
    <Card title={t('track')} action={more}>
      {data ? (
        <Record scoreboard={data} forecast={forecast} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={BODY_PX} />
      ) : (
        <Skeleton height={BODY_PX} />
      )}
    </Card>
  );
}

interface Shown {
  label: string;
  days: number;
  forecasts: number;
  overRandomWalk: Skill | undefined;
  overGarch: Skill | undefined;
  held: readonly Held[];
}

/** What came due over these days, of its class else of all; before anything has, the backtest. */
export function recordOf({ scores, walk_forward }: Scoreboard, forecast: Prediction): Shown | undefined {
  const days = nearestScored(forecast.horizon_days);
  const kin = scores.filter(
    (row) => row.horizon_days === days && row.is_simulated === forecast.is_simulated && row.matured > 0,
  );
  const scored =
    kin.find(({ asset_class }) => asset_class === forecast.asset_class) ??
    kin.find(({ asset_class }) => asset_class === null);
  if (scored)
    return {
      label: t('matured', { count: scored.matured }),
      days,
      forecasts: scored.matured,
      overRandomWalk: scored.crps_skill.find(({ baseline }) => baseline !== 'GARCH-t'),
      overGarch: scored.crps_skill.find(({ baseline }) => baseline === 'GARCH-t'),
      held: [
        { level: 0.8, held: scored.coverage_80, interval: scored.coverage_80_interval },
        { level: 0.95, held: scored.coverage_95, interval: scored.coverage_95_interval },
      ],
    };
  const walked = walk_forward.table.find(({ horizon_days }) => horizon_days === days);
  return (
    walked && {
      label: t('backtest'),
      days,
      forecasts: walked.forecasts,
      overRandomWalk: estimate('random walk', walked.crps_skill),
      overGarch: estimate('GARCH-t', walked.crps_skill_over_garch_t),
      held: [
        { level: 0.8, held: walked.coverage_80 },
        { level: 0.95, held: walked.coverage_95 },
      ],
    }
  );
}

function nearestScored(days: number): number {
  return SCORED.reduce((best, one) =>
    Math.abs(Math.log(one / days)) < Math.abs(Math.log(best / days)) ? one : best,
  );
}

function Record({ scoreboard, forecast }: { scoreboard: Scoreboard; forecast: Prediction }) {
  const shown = recordOf(scoreboard, forecast);
  const isBacktest = shown?.label === t('backtest');
  if (!shown) return <p className="text-muted text-sm">{t('noneMatured')}</p>;
  return (
    <>
      <p className="text-sm">
        {isBacktest && <span className="font-medium">{t('matured', { count: scoreboard.matured })}. </span>}
        <span className={isBacktest ? 'text-muted' : 'font-medium'}>
          {shown.label} · {t('days', { count: shown.days })}
        </span>
      </p>
      <dl className="mt-2 flex flex-col gap-1.5 text-sm">
        <Line name={t('overRw')}>
          <SkillCell skill={shown.overRandomWalk} />
        </Line>
        <Line name={t('overGarch')}>
          <SkillCell skill={shown.overGarch} />
        </Line>
        {shown.held.map((one) => (
          <Line key={one.level} name={t(one.level === 0.8 ? 'held80' : 'held95')}>
            <HeldCell {...one} />
          </Line>
        ))}
        {isBacktest && <Line name={t('made')}>{count(shown.forecasts)}</Line>}
      </dl>
      {!SCORED.some((one) => one === forecast.horizon_days) && (
        <p className="mt-2 text-muted text-xs">{t('scoredOver', { days: forecast.horizon_days })}</p>
      )}
    </>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-start justify-between gap-3">
      <dt className="text-muted">{name}</dt>
      <dd className="text-end tabular-nums">{children}</dd>
    </div>
  );
}
