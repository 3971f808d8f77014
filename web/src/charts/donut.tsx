import { percent } from '@/lib/format';
import { AsTable } from './as-table';
import { t } from './messages';
import { ringPath } from './scale';

export interface Slice {
  id: string;
  label: string;
  /** Fraction of the whole. */
  weight: number;
}

const COLOURS = 8;
const SIZE = 168;
const RING = { inner: 54, outer: 82 };

/** Shares of a whole with a legend that has the figures; the ring itself is decoration. */
export function Donut({ label, slices }: { label: string; slices: readonly Slice[] }) {
  const shown = withOther(slices);
  return (
    <figure className="min-w-0">
      <div className="flex flex-wrap items-center justify-center gap-x-6 gap-y-4">
        <Ring slices={shown} />
        <ul aria-label={label} className="min-w-40 grow basis-0 text-sm">
          {shown.map((slice, i) => (
            <li key={slice.id} className="flex min-h-7 items-center gap-2">
              <span
                aria-hidden="true"
                className="size-2.5 shrink-0 rounded-full"
                style={{ background: `var(--series-${i + 1})` }}
              />
              <span className="min-w-0 truncate">{slice.label}</span>
              <span className="ms-auto text-muted">{percent(slice.weight)}</span>
            </li>
          ))}
        </ul>
      </div>
      <AsTable
        name={label}
        header={[t('name'), t('weight')]}
        rows={() => slices.map((slice) => [slice.label, percent(slice.weight)])}
      />
    </figure>
  );
}

function Ring({ slices }: { slices: readonly Slice[] }) {
  const total = slices.reduce((sum, { weight }) => sum + weight, 0);
  let turn = 0;
  const parts = slices.map(({ id, weight }) => {
    const from = turn;
    turn += weight / total;
    return { id, path: ringPath(from, turn, RING.inner, RING.outer) };
  });
  return (
    <svg width={SIZE} height={SIZE} viewBox={`${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`} aria-hidden="true">
      {parts.map(({ id, path }, i) => (
        <path key={id} d={path} fill={`var(--series-${i + 1})`} stroke="var(--panel)" strokeWidth={2} />
      ))}
    </svg>
  );
}

// More colours than these cannot be told apart: what is left is one slice.
function withOther(slices: readonly Slice[]): Slice[] {
  const positive = slices.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  if (positive.length <= COLOURS) return positive;
  const rest = positive.slice(COLOURS - 1);
  const weight = rest.reduce((sum, slice) => sum + slice.weight, 0);
  return [
    ...positive.slice(0, COLOURS - 1),
    { id: 'other', label: t('other', { count: rest.length }), weight },
  ];
}
