import type { ScoreRow } from '@/api/parse/predictions';
import { count, percent } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { classText } from './class-text';
import { t } from './messages';

/** Above it outcomes lie so unevenly that it is an alarm. */
const PSI_ALARM = 0.25;
const WIDTH = 160;
const HEIGHT = 36;
const GAP = 2;

const COLUMNS: readonly Column<ScoreRow>[] = [
  { id: 'days', header: t('days1'), isNumeric: true, cell: ({ horizon_days }) => horizon_days },
  {
    id: 'class',
    header: t('className'),
    isRowHeader: true,
    cell: ({ asset_class }) => classText(asset_class),
  },
  {
    id: 'tenths',
    header: t('tenths'),
    cell: ({ pit_tenths }) => <Bars counts={pit_tenths} />,
  },
  {
    id: 'psi',
    header: t('psi'),
    isNumeric: true,
    cell: ({ psi }) =>
      psi === null ? (
        <Unknown reason={t('psiTooFew')} />
      ) : (
        <span className="inline-flex items-center gap-2">
          {psi > PSI_ALARM && (
            <Badge tone="warning" icon="warning">
              {t('psiAlarm')}
            </Badge>
          )}
          {psi.toFixed(3)}
        </span>
      ),
  },
];

/** In which tenth of its forecast each outcome lay: evenly where the probabilities hold what they say. */
export function Tenths({ title, rows }: { title: string; rows: readonly ScoreRow[] }) {
  const known = rows.filter(({ pit_tenths }) => pit_tenths.some((one) => one > 0));
  if (known.length === 0) return null;
  return (
    <Card title={title} flush>
      <p className="px-4 pb-2 text-muted text-xs">{t('tenthsNote')}</p>
      <Table
        caption={title}
        columns={COLUMNS}
        rows={known}
        rowKey={({ horizon_days, asset_class }) => `${horizon_days} ${asset_class}`}
      />
    </Card>
  );
}

function Bars({ counts }: { counts: readonly number[] }) {
  const total = counts.reduce((sum, one) => sum + one, 0);
  const even = total / counts.length;
  const most = Math.max(...counts, even * 1.25);
  const step = WIDTH / counts.length;
  const high = (value: number) => (value / most) * (HEIGHT - 1);
  const said = t('tenthsSaid', {
    shares: counts.map((one) => percent(total ? one / total : 0, 0)).join(', '),
    count: count(total),
  });
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={said}
      className="my-1.5 block max-w-none overflow-visible"
    >
      <title>{said}</title>
      {counts.map((one, i) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a tenth is its place
          key={i}
          x={i * step}
          y={HEIGHT - high(one)}
          width={step - GAP}
          height={high(one)}
          fill="var(--accent)"
        />
      ))}
      <line
        x1={0}
        x2={WIDTH - GAP}
        y1={HEIGHT - high(even)}
        y2={HEIGHT - high(even)}
        stroke="var(--text)"
        strokeDasharray="4 3"
      />
    </svg>
  );
}
