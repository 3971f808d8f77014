import { arc, pie } from 'd3-shape';
import { percent } from '@/lib/format';
import { AsTable } from './as-table';
import { t } from './messages';

export interface Slice {
  id: string;
  label: string;
  /** Fraction of the whole. */
  weight: number;
}

const COLOURS = 8;
const SIZE = 168;

/** Shares of a whole with a legend that has the figures; the ring itself is decoration. */
export function Donut({ label, slices }: { label: string; slices: readonly Slice[] }) {
  const shown = slices.filter(({ weight }) => weight > 0);
  const shape = arc<{ startAngle: number; endAngle: number }>()
    .innerRadius(54)
    .outerRadius(82)
    .padAngle(0.015)
    .cornerRadius(2);
  const arcs = pie<Slice>()
    .value(({ weight }) => weight)
    .sort(null)(shown);
  return (
    <figure className="min-w-0">
      <div className="flex flex-wrap items-center gap-6">
        <svg
          width={SIZE}
          height={SIZE}
          viewBox={`${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`}
          aria-hidden="true"
        >
          {arcs.map((one, i) => (
            <path key={one.data.id} d={shape(one) ?? ''} fill={`var(--series-${(i % COLOURS) + 1})`} />
          ))}
        </svg>
        <ul aria-label={label} className="min-w-40 grow text-sm">
          {shown.map((slice, i) => (
            <li key={slice.id} className="flex min-h-7 items-center gap-2">
              <span
                aria-hidden="true"
                className="size-2.5 shrink-0 rounded-full"
                style={{ background: `var(--series-${(i % COLOURS) + 1})` }}
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
