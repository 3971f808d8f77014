import { linear, linePath } from './scale';

const WIDTH = 72;
const HEIGHT = 24;

/** The last closes of an asset, without axes: decoration beside a figure that says the same. */
export function Sparkline({ values }: { values: readonly number[] }) {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = linear([low, high], [HEIGHT - 2, 2]);
  const x = linear([0, values.length - 1], [0, WIDTH]);
  const path = linePath(values.map((value, i) => [x(i), y(value)]));
  const isUp = (values.at(-1) ?? 0) >= (values[0] ?? 0);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true" className="inline-block align-middle">
      <path d={path} fill="none" stroke={isUp ? 'var(--gain)' : 'var(--loss)'} strokeWidth={1.5} />
    </svg>
  );
}
