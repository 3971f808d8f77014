import type { Scoreboard, ScoreRow, Skill, WalkForwardRow } from '@/api/parse/predictions';
import { change, count, percent } from '@/lib/format';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Icon } from '@/ui/icon';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { classText } from './class-text';
import { t } from './messages';
import { Tenths } from './tenths';

const RANDOM_WALK = 'random-walk-EQ500';
const GARCH = 'GARCH-t';

/** How much better than a baseline, with its interval; what is not shown to be better says so. */
export function SkillCell({ skill }: { skill: Skill | undefined }) {
  if (!skill || skill.value === null) return <Unknown reason={t('noneMatured')} />;
  const [low, high] = skill.interval ?? [];
  const isWorse = high !== undefined && high < 0;
  return (
    <span className="inline-flex flex-col items-end leading-tight">
      <span className="font-semibold">{change(skill.value)}</span>
      <span className="whitespace-nowrap text-muted text-xs">
        {low === undefined || high === undefined
          ? t('tooFewWeeks')
          : t('interval', { low: change(low), high: change(high) })}
      </span>
      {isWorse ? (
        <span className="text-loss text-xs">{t('worse')}</span>
      ) : (
        low !== undefined &&
        !skill.is_demonstrated && <span className="text-muted text-xs">{t('notDemonstrated')}</span>
      )}
    </span>
  );
}

/** A skill of the backtest: value, low and high. */
export function estimate(baseline: string, [value, low, high]: readonly number[]): Skill {
  const interval = low === undefined || high === undefined ? null : [low, high];
  return { baseline, value: value ?? null, interval, is_demonstrated: (low ?? 0) > 0 };
}

/** How often more was lost than value at risk says: at 95 %, and under it at 99 %. */
function Exceeded({ breaches_95, breaches_99 }: ScoreRow) {
  if (breaches_95 === null || breaches_99 === null) return <Unknown reason={t('noneMatured')} />;
  return (
    <span className="inline-flex flex-col items-end leading-tight">
      <span>{percent(breaches_95)}</span>
      <span className="whitespace-nowrap text-muted text-xs">
        {t('exceeded99', { value: percent(breaches_99) })}
      </span>
    </span>
  );
}

/** How many outcomes a band held, with the interval; what is shown to hold other than it says is marked. */
export function HeldCell({ level, held, interval }: Held) {
  if (held === null) return <Unknown reason={t('noneMatured')} />;
  const [low, high] = interval ?? [];
  return (
    <span className="inline-flex flex-col items-end leading-tight">
      <span>{percent(held)}</span>
      {low !== undefined && high !== undefined && (
        <>
          <span className="whitespace-nowrap text-muted text-xs">
            {t('interval', { low: percent(low), high: percent(high) })}
          </span>
          {high < level && <span className="text-loss text-xs">{t('heldLess')}</span>}
          {low > level && <span className="text-muted text-xs">{t('heldMore')}</span>}
        </>
      )}
    </span>
  );
}

export interface Held {
  level: number;
  held: number | null;
  interval?: readonly number[] | null;
}

/** A loss of the variance less that of EWMA; neither money nor a share, so it has no unit. */
export function lossText(loss: number): string {
  return (Math.round(loss * 1000) / 1000).toFixed(3);
}

/** The median over assets, which none of them decides alone; the mean under it may be that of a single jump. */
function Losses({ median, mean }: { median: number | null | undefined; mean: number | null }) {
  if (mean === null) return <Unknown reason={t('noneMatured')} />;
  return (
    <span className="inline-flex flex-col items-end leading-tight">
      <span>{median == null ? <Unknown reason={t('medianNone')} /> : lossText(median)}</span>
      <span className="whitespace-nowrap text-muted text-xs">{t('mean', { value: lossText(mean) })}</span>
    </span>
  );
}

const SCORED: Column<ScoreRow>[] = [
  { id: 'days', header: t('days1'), isNumeric: true, cell: ({ horizon_days }) => horizon_days },
  {
    id: 'class',
    header: t('className'),
    isRowHeader: true,
    cell: ({ asset_class }) => classText(asset_class),
  },
  { id: 'due', header: t('due'), isNumeric: true, cell: ({ matured }) => count(matured) },
  {
    id: 'rw',
    under: true,
    header: t('overRw'),
    isNumeric: true,
    cell: ({ crps_skill }) => (
      <SkillCell skill={crps_skill.find(({ baseline }) => baseline === RANDOM_WALK)} />
    ),
  },
  {
    id: 'garch',
    under: true,
    header: t('overGarch'),
    isNumeric: true,
    cell: ({ crps_skill }) => <SkillCell skill={crps_skill.find(({ baseline }) => baseline === GARCH)} />,
  },
  {
    id: 'held80',
    under: true,
    header: t('held80'),
    isNumeric: true,
    cell: (row) => <HeldCell level={0.8} held={row.coverage_80} interval={row.coverage_80_interval} />,
  },
  {
    id: 'held95',
    under: true,
    header: t('held95'),
    isNumeric: true,
    cell: (row) => <HeldCell level={0.95} held={row.coverage_95} interval={row.coverage_95_interval} />,
  },
  {
    id: 'qlike',
    under: true,
    header: t('qlike'),
    isNumeric: true,
    from: 'xl',
    cell: ({ qlike_minus_ewma_median: median, qlike_minus_ewma: mean }) => (
      <Losses median={median} mean={mean} />
    ),
  },
  { id: 'var', under: true, header: t('exceeded'), isNumeric: true, cell: Exceeded },
];

const WALKED: Column<WalkForwardRow>[] = [
  { id: 'days', header: t('days1'), isRowHeader: true, cell: ({ horizon_days }) => horizon_days },
  { id: 'made', header: t('made'), isNumeric: true, cell: ({ forecasts }) => count(forecasts) },
  {
    id: 'rw',
    under: true,
    header: t('overRw'),
    isNumeric: true,
    cell: ({ crps_skill }) => <SkillCell skill={estimate(RANDOM_WALK, crps_skill)} />,
  },
  {
    id: 'garch',
    under: true,
    header: t('overGarch'),
    isNumeric: true,
    cell: (row) => <SkillCell skill={estimate(GARCH, row.crps_skill_over_garch_t)} />,
  },
  {
    id: 'tail',
    under: true,
    header: t('tail'),
    isNumeric: true,
    cell: ({ tail_skill }) => <SkillCell skill={estimate(RANDOM_WALK, tail_skill)} />,
  },
  { id: 'held80', header: t('held80'), isNumeric: true, cell: ({ coverage_80 }) => percent(coverage_80) },
  { id: 'held95', header: t('held95'), isNumeric: true, cell: ({ coverage_95 }) => percent(coverage_95) },
  {
    id: 'qlike',
    under: true,
    header: t('qlike'),
    isNumeric: true,
    cell: ({ qlike_minus_ewma_median: median, qlike_minus_ewma: mean }) => (
      <Losses median={median} mean={mean} />
    ),
  },
];

/** The whole scoreboard, good or bad: what came due, what is simulated apart, and the backtest, labelled. */
export function Scores({ scoreboard }: { scoreboard: Scoreboard }) {
  const { matured, unscorable, is_drifting, scores, walk_forward: walk } = scoreboard;
  const real = scores.filter((row) => !row.is_simulated);
  const simulated = scores.filter((row) => row.is_simulated);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="font-semibold" data-testid="matured">
          {t('matured', { count: matured })}
        </span>
        {unscorable > 0 && <span className="text-muted">{t('unscorable', { count: unscorable })}</span>}
        {is_drifting && (
          <span className="flex items-start gap-1.5 text-loss">
            <Icon name="warning" size={16} className="mt-0.5 shrink-0" />
            {t('drifting')}
          </span>
        )}
      </div>
      {real.length > 0 && <Scored title={t('scored')} rows={real} />}
      <Tenths title={t('tenthsTitle')} rows={real} />
      {simulated.length > 0 && <Scored title={t('scoredSimulated')} rows={simulated} />}
      <Tenths title={t('tenthsSimulated')} rows={simulated} />
      {walk.table.length > 0 && (
        <Card title={t('backtest')} flush>
          <p className="px-4 pb-2 text-muted text-xs">
            {t('backtestNote', { rows: count(walk.rows ?? 0), model: walk.model_id })}
          </p>
          <Table
            caption={t('backtest')}
            columns={WALKED}
            rows={walk.table}
            rowKey={({ horizon_days }) => String(horizon_days)}
          />
        </Card>
      )}
      <p className="flex items-start gap-2 text-muted text-xs">
        <Icon name="info" size={14} className="mt-px shrink-0" />
        <span>
          {t('skillIs')} {t('qlikeIs')}
        </span>
      </p>
    </div>
  );
}

function Scored({ title, rows }: { title: string; rows: readonly ScoreRow[] }) {
  return (
    <Card title={title} flush>
      <Table
        caption={title}
        columns={SCORED}
        rows={rows}
        rowKey={({ horizon_days, asset_class }) => `${horizon_days} ${asset_class}`}
      />
    </Card>
  );
}
