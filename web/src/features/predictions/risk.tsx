import { useQuery } from '@tanstack/react-query';
import type { Risk } from '@/api/parse/predictions';
import { riskQuery, type Subject } from '@/api/queries/predictions';
import { LineChart } from '@/charts/line';
import { count, percent } from '@/lib/format';
import { Card } from '@/ui/card';
import { cx } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { Segmented } from '@/ui/segmented';
import { Skeleton } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';
import { SCORED } from './search';

type Days = (typeof SCORED)[number];
type Level = Risk['levels'][number];
const SIGNIFICANCE = 0.05;

interface RiskTabProps {
  subject: Subject;
  days: Days;
  onDays: (days: Days) => void;
}

/** How value at risk has done: how often it was exceeded, whether in clusters, how deep. */
export function RiskTab({ subject, days, onDays }: RiskTabProps) {
  const { data, error, refetch } = useQuery(riskQuery(subject, days));
  return (
    <Card
      title={t('riskTitle')}
      action={
        <Segmented
          label={t('riskOver')}
          choices={SCORED.map((one) => ({ value: String(one), label: t('days', { count: one }) }))}
          value={String(days)}
          onChange={(value) => onDays(SCORED.find((one) => String(one) === value) ?? 1)}
        />
      }
    >
      {data ? (
        data.source === 'none' ? (
          <Empty icon="calendar" title={t('riskNone')}>
            {data.shortage}
          </Empty>
        ) : (
          <Judged risk={data} />
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={560} />
      ) : (
        <Skeleton height={560} />
      )}
    </Card>
  );
}

function Judged({ risk }: { risk: Risk }) {
  const { periods, source, is_sufficient, levels, points } = risk;
  return (
    <>
      <p className="text-sm">{t(source === 'matured' ? 'riskMatured' : 'riskReplay', { count: periods })}</p>
      {!is_sufficient && (
        <p className="mt-1 flex items-center gap-2 text-sm">
          <Icon name="warning" size={16} className="shrink-0 text-loss" />
          {t('riskFew')}
        </p>
      )}
      <Light light={risk.traffic_light} />
      <div className="-mx-4 mt-3">
        <Table
          caption={t('riskTitle')}
          columns={COLUMNS}
          rows={levels}
          rowKey={({ confidence }) => String(confidence)}
        />
      </div>
      <p className="mt-2 mb-4 text-muted text-xs">{t('testsAre')}</p>
      <LineChart
        label={t('lossChart')}
        days={points.map(({ day }) => day)}
        series={[
          { id: 'loss', label: t('lossSeries'), style: 'solid', values: points.map(({ loss }) => loss) },
          { id: 'var95', label: t('var95'), style: 'step', values: points.map(({ var_95 }) => var_95) },
          { id: 'var99', label: t('var99'), style: 'dashed', values: points.map(({ var_99 }) => var_99) },
        ]}
      />
    </>
  );
}

// The word stands beside it: no colour speaks alone.
const LAMPS = { green: 'var(--series-6)', yellow: 'var(--series-3)', red: 'var(--danger)' } as const;

function Light({ light }: { light: Risk['traffic_light'] }) {
  return (
    <p className="mt-3 flex items-start gap-2 text-sm">
      <span
        aria-hidden="true"
        className="mt-1 size-3 shrink-0 rounded-full border border-control"
        style={light === null ? undefined : { background: LAMPS[light] }}
      />
      <span>
        <span className="font-medium">{t('light')}:</span>{' '}
        {light === null ? <span className="text-muted">{t('lightNone')}</span> : t(`light_${light}`)}
      </span>
    </p>
  );
}

function verdict(test: Level['kupiec']) {
  if (!test) return <Unknown />;
  const isFine = test.p_value >= SIGNIFICANCE;
  return (
    <span className={cx('whitespace-nowrap', !isFine && 'font-semibold text-loss')}>
      {t(isFine ? 'passes' : 'fails', { p: percent(test.p_value) })}
    </span>
  );
}

const two = (value: number) => (Math.round(value * 100) / 100).toFixed(2);

const COLUMNS: Column<Level>[] = [
  {
    id: 'confidence',
    header: t('confidenceLevel'),
    isRowHeader: true,
    cell: ({ confidence }) => percent(confidence, 1),
  },
  { id: 'breaches', header: t('breaches'), isNumeric: true, cell: ({ breaches }) => count(breaches) },
  { id: 'expected', header: t('expected'), isNumeric: true, cell: ({ expected }) => expected.toFixed(1) },
  { id: 'kupiec', under: true, header: t('kupiec'), isNumeric: true, cell: ({ kupiec }) => verdict(kupiec) },
  {
    id: 'christoffersen',
    under: true,
    header: t('christoffersen'),
    isNumeric: true,
    cell: ({ christoffersen }) => verdict(christoffersen),
  },
  {
    id: 'z2',
    under: true,
    header: t('z2'),
    isNumeric: true,
    cell: ({ z2 }) =>
      z2 === null ? (
        <Unknown />
      ) : (
        <span className="whitespace-nowrap">{t(z2 > 0 ? 'understated' : 'sound', { z: two(z2) })}</span>
      ),
  },
  {
    id: 'fz0',
    under: true,
    header: t('fz0'),
    isNumeric: true,
    cell: ({ fz0 }) => (fz0 === null ? <Unknown /> : two(fz0)),
  },
];
