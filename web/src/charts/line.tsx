import { useMemo } from 'react';
import { type Day, daysBetween, formatMoment, isInstant, type Moment, timeOf } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { multiply } from '@/lib/decimal';
import { change, compactMoney, money, percent, price } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { axisFactor, MASK, veil } from '@/lib/privacy';
import { AsTable } from './as-table';
import { useCrosshair } from './crosshair';
import { Axes, type Grid, Tip } from './frame';
import { t } from './messages';
import { Readable } from './readable';
import {
  areaPath,
  compactUnit,
  labelDigits,
  linear,
  linePath,
  niceAxis,
  type Point,
  toPosition,
} from './scale';
import { clockTicks, timeTicks } from './ticks';
import { useWidth } from './use-width';

export interface Series {
  id: string;
  label: string;
  /** One per day; null breaks the line. Money as Dec, ratios as numbers. */
  values: readonly (Dec | number | null)[];
  /** solid is the subject, dashed what it is compared with, step the money put in. */
  style: 'solid' | 'dashed' | 'step';
}

interface LineProps {
  /** What the chart shows, for readers and for the file name. */
  label: string;
  /** Or instants, which are told of in the reader's time zone. */
  days: readonly Moment[];
  /** The first is the subject and gets the area between it and zero, or what is nearest to zero on the axis. */
  series: readonly Series[];
  /** Money of this currency; without it the values are ratios. */
  currency?: string;
  /** The money is a price: public, so that no privacy level hides it, and with the digits a price has. */
  isPrice?: boolean;
  height?: number;
  /** How a ratio is written; left out, as a change: "+1.20%". */
  format?: ((ratio: number) => string) | undefined;
  /** Values that stay in sight whatever is drawn: the ends of what has ends. */
  between?: readonly number[];
  /** First day of the chosen range: if there is less history, the chart says so. */
  rangeFrom?: Day | undefined;
}

const PAD = { top: 10, right: 10, bottom: 24 };
const TOO_SHORT_SHARE = 0.9;
const NONE: readonly number[] = [];

const STROKES: Record<Series['style'], { stroke: string; dash?: string; width: number }> = {
  solid: { stroke: 'var(--accent)', width: 2 },
  dashed: { stroke: 'var(--muted)', dash: '5 4', width: 1.5 },
  step: { stroke: 'var(--muted)', dash: '2 3', width: 1.5 },
};

/** Value over time on a true time axis, read by pointer or keys. */
export function LineChart(props: LineProps) {
  const {
    label,
    days,
    series,
    currency,
    isPrice,
    height = 260,
    rangeFrom,
    format = change,
    between = NONE,
  } = props;
  const chosen = usePrivacy();
  const privacy = isPrice ? 'show' : chosen;
  const [ref, width] = useWidth();
  const isMoney = currency !== undefined;
  const showAxis = !isMoney || privacy !== 'hide';
  const left = showAxis ? 62 : 10;
  const geometry = useMemo(
    () => drawing(days, series, { width, height, left, between }),
    [days, series, width, height, left, between],
  );
  const crosshair = useCrosshair(geometry.positions);
  const { index } = crosshair;

  const full = (value: Dec | number | null | undefined): string => {
    if (value == null) return '–';
    if (typeof value === 'number') return format(value);
    return veil(value, privacy, (shown) => (isPrice ? price : money)(shown, currency ?? ''));
  };
  const factor = axisFactor(privacy);
  const scaling = isMoney && factor ? toPosition(factor) : 1;
  const ticks = geometry.yTicks.map(({ value }) => value * scaling);
  const digits = labelDigits(ticks, isMoney ? compactUnit(ticks) : 0.01);
  const axis = (tick: number): string =>
    isMoney
      ? compactMoney(tick * scaling, currency, Math.max(1, digits))
      : props.format
        ? format(tick)
        : percent(tick, digits);
  const reading = (at: number) =>
    `${formatMoment(days[at] ?? '')}: ${series.map((one) => `${one.label} ${full(one.values[at])}`).join(', ')}`;

  if (!days.length) {
    return (
      <p className="flex items-center justify-center text-muted" style={{ height }}>
        {t('noPoints')}
      </p>
    );
  }
  const last = days.length - 1;
  return (
    <figure className="relative min-w-0">
      <Legend series={series} />
      <Readable ref={ref} label={label} crosshair={crosshair} last={last} reading={reading} height={height}>
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true" className="pointer-events-none block">
            <Axes grid={geometry} left={left} right={width - PAD.right} format={axis} showValues={showAxis} />
            {geometry.fill && <path d={geometry.fill} fill="var(--band-95)" />}
            {geometry.lines.map(({ id, style, path }) => (
              <path
                key={id}
                d={path}
                fill="none"
                stroke={STROKES[style].stroke}
                strokeWidth={STROKES[style].width}
                strokeDasharray={STROKES[style].dash}
                strokeLinejoin="round"
              />
            ))}
            {index !== null && <Cross geometry={geometry} index={index} />}
          </svg>
        )}
        {index !== null && width > 0 && (
          <Tip x={geometry.positions[index] ?? 0} width={width}>
            <div className="text-muted">{formatMoment(days[index] ?? '')}</div>
            {series.map((one) => (
              <div key={one.id} className="flex justify-between gap-3">
                <span className="text-muted">{one.label}</span>
                <span className="font-semibold">{full(one.values[index])}</span>
              </div>
            ))}
          </Tip>
        )}
      </Readable>
      <TooShort days={days} rangeFrom={rangeFrom} />
      <AsTable
        name={label}
        header={[t(isInstant(days[0] ?? '') ? 'time' : 'day'), ...series.map((one) => one.label)]}
        rows={() => days.map((day, at) => [day, ...series.map((one) => tableCell(one.values[at], full))])}
      />
    </figure>
  );

  // Exact digits in the table and CSV; masked or scrambled as the chart is.
  function tableCell(value: Dec | number | null | undefined, shown: typeof full): string {
    if (value == null || privacy === 'hide') return shown(value);
    if (typeof value === 'number') return String(value);
    return factor ? multiply(value, factor) : MASK;
  }
}

interface Frame {
  between: readonly number[];
  width: number;
  height: number;
  left: number;
}

interface Drawing extends Grid {
  positions: number[];
  lines: { id: string; style: Series['style']; path: string; points: Point[] }[];
  fill: string;
}

function drawing(days: readonly Moment[], series: readonly Series[], frame: Frame): Drawing {
  const times = days.map(timeOf);
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0];
  const right = Math.max(frame.width - PAD.right, frame.left + 1);
  const base = frame.height - PAD.bottom;
  const x = linear([from, to], [frame.left, right]);
  const rows = series.map((one) => one.values.map(position));
  const axis = niceAxis(...extent([...rows.flat(), ...frame.between]), 4);
  const y = linear(axis.domain, [base, PAD.top]);
  const positions = times.map(x);
  const points = rows.map((row) =>
    row.map((value, i): Point => [positions[i] ?? 0, value === null ? null : y(value)]),
  );
  const labels = Math.max(2, Math.floor((right - frame.left) / 110));
  return {
    positions,
    xTicks: (isInstant(days[0] ?? '') ? clockTicks : timeTicks)(from, to, labels).map(({ time, label }) => ({
      at: x(time),
      label,
    })),
    yTicks: axis.ticks.map((value) => ({ at: y(value), value })),
    lines: series.map(({ id, style }, i) => {
      const line = points[i] ?? [];
      return { id, style, path: linePath(line), points: line };
    }),
    fill: areaPath(points[0] ?? [], y(Math.min(Math.max(0, axis.domain[0]), axis.domain[1]))),
    base,
  };
}

function position(value: Dec | number | null): number | null {
  return typeof value === 'string' ? toPosition(value) : value;
}

function extent(values: readonly (number | null)[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

function Cross({ geometry, index }: { geometry: Drawing; index: number }) {
  const x = geometry.positions[index] ?? 0;
  return (
    <g>
      <line x1={x} x2={x} y1={PAD.top} y2={geometry.base} stroke="var(--control-line)" />
      {geometry.lines.map(({ id, style, points }) => {
        const y = points[index]?.[1];
        return y == null ? null : (
          <circle
            key={id}
            cx={x}
            cy={y}
            r={4}
            fill={STROKES[style].stroke}
            stroke="var(--panel)"
            strokeWidth={2}
          />
        );
      })}
    </g>
  );
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-muted text-xs">
      {series.map(({ id, label, style }) => (
        <li key={id} className="flex items-center gap-1.5">
          <svg width={18} height={8} aria-hidden="true">
            <line
              x1={0}
              x2={18}
              y1={4}
              y2={4}
              stroke={STROKES[style].stroke}
              strokeWidth={2}
              strokeDasharray={STROKES[style].dash}
            />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

function TooShort({ days, rangeFrom }: { days: readonly Day[]; rangeFrom: Day | undefined }) {
  const [first, last] = [days[0], days.at(-1)];
  if (!rangeFrom || !first || !last) return null;
  const have = daysBetween(first, last);
  if (have >= daysBetween(rangeFrom, last) * TOO_SHORT_SHARE) return null;
  return <p className="mt-1 text-muted text-xs">{t('tooShort', { count: have })}</p>;
}
