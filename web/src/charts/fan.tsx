import { useMemo } from 'react';
import { addDays, type Day, daysBetween, formatDay, utc } from '@/lib/dates';
import { type Dec, multiply } from '@/lib/decimal';
import { compactMoney, money, percent, price } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { axisFactor, MASK, veil } from '@/lib/privacy';
import { AsTable } from './as-table';
import { useCrosshair } from './crosshair';
import { BANDS, bandPath, type FanDay, levelLine, MEDIAN } from './fan-geometry';
import { Axes, type Grid, Tip } from './frame';
import { t } from './messages';
import { Readable } from './readable';
import { compactUnit, labelDigits, linear, linePath, niceAxis, toPosition } from './scale';
import { timeTicks } from './ticks';
import { useWidth } from './use-width';

interface FanProps {
  /** What the chart shows, for readers and for the file name. */
  label: string;
  /** Before the forecast, up to its day; the last known price is added. */
  history: readonly { day: Day; value: Dec }[];
  historyLabel: string;
  /** The day it was forecast on, and the price it starts from. */
  from: Day;
  last: Dec;
  /** The days that were forecast, ascending. */
  ahead: readonly FanDay[];
  currency: string;
  /** Public, so that no privacy level hides it, and with the digits a price has. */
  isPrice: boolean;
  /** A line across the future: what the odds are asked of. Where it is kept, the values reach as far as it lies. */
  mark?: { value: Dec; label: string; isKept?: boolean } | undefined;
  height?: number;
}

const PAD = { top: 14, right: 10, bottom: 24 };
const MARK_PX = 14;
/** As wide as the words at the day the forecast starts from. */
const TODAY_PX = 70;
const FILLS = ['var(--band-95)', 'var(--band-80)', 'var(--band-50)'];
const TABLE_LEVELS = ['0.025', '0.1', '0.25', '0.5', '0.75', '0.9', '0.975'] as const;

/** What was, and the bands of what may come, on a true time axis; read by pointer or keys. */
export function FanChart(props: FanProps) {
  const { label, history, historyLabel, from, last, ahead, currency, isPrice, mark, height = 300 } = props;
  const chosen = usePrivacy();
  const privacy = isPrice ? 'show' : chosen;
  const [ref, width] = useWidth();
  const showAxis = privacy !== 'hide';
  const left = showAxis ? 62 : 10;
  const past = useMemo(
    () => [...history.filter(({ day }) => day < from), { day: from, value: last }],
    [history, from, last],
  );
  const drawn = useMemo(
    () =>
      drawing(
        { past, from, last, ahead, mark: mark?.value, isKept: mark?.isKept ?? false },
        { width, height, left },
      ),
    [past, from, last, ahead, mark?.value, mark?.isKept, width, height, left],
  );
  const crosshair = useCrosshair(drawn.positions);
  const { index } = crosshair;
  const full = (value: Dec | undefined) =>
    value === undefined ? '–' : veil(value, privacy, (shown) => (isPrice ? price : money)(shown, currency));
  const factor = axisFactor(privacy);
  const scaling = factor ? toPosition(factor) : 1;
  const ticks = drawn.yTicks.map(({ value }) => value * scaling);
  const digits = Math.max(1, labelDigits(ticks, compactUnit(ticks)));
  const dayAt = (at: number): FanDay | undefined => ahead[at - past.length];
  const rows = (at: number): [string, string][] => {
    const day = dayAt(at);
    if (!day) return [[historyLabel, full(past[at]?.value)]];
    const bands = BANDS.map(({ share, low, high }): [string, string] => [
      t('band', { share: percent(share, 0) }),
      t('fromTo', { low: full(day.quantiles[low]), high: full(day.quantiles[high]) }),
    ]);
    return [...bands, [t('middle'), full(day.quantiles[MEDIAN])]];
  };
  const dateOf = (at: number) =>
    formatDay(dayAt(at) ? addDays(from, dayAt(at)?.days ?? 0) : (past[at]?.day ?? from));
  const reading = (at: number) =>
    `${dateOf(at)}: ${rows(at)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`;
  const end = drawn.positions.length - 1;
  return (
    <figure className="relative min-w-0">
      <Legend historyLabel={past.length > 1 ? historyLabel : undefined} />
      <Readable ref={ref} label={label} crosshair={crosshair} last={end} reading={reading} height={height}>
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true" className="pointer-events-none block">
            <Axes
              grid={drawn}
              left={left}
              right={width - PAD.right}
              format={(tick) => compactMoney(tick * scaling, currency, digits)}
              showValues={showAxis}
            />
            {drawn.bands.map((path, i) => (
              <path key={FILLS[i]} d={path} fill={FILLS[i]} />
            ))}
            <path
              d={drawn.median}
              fill="none"
              stroke="var(--accent)"
              strokeWidth={1.25}
              strokeDasharray="2 3"
            />
            <path
              d={drawn.history}
              fill="none"
              stroke="var(--accent)"
              strokeWidth={2}
              strokeLinejoin="round"
            />
            <Today x={drawn.today} base={drawn.base} isLeft={drawn.today - left < TODAY_PX} />
            {drawn.mark !== undefined && (
              <Mark x={drawn.today} end={width - PAD.right} y={drawn.mark} label={mark?.label ?? ''} />
            )}
            {index !== null && <Cross drawn={drawn} index={index} />}
          </svg>
        )}
        {index !== null && width > 0 && (
          <Tip x={drawn.positions[index] ?? 0} width={width}>
            <div className="text-muted">{dateOf(index)}</div>
            {rows(index).map(([name, value]) => (
              <div key={name} className="flex justify-between gap-3">
                <span className="text-muted">{name}</span>
                <span className="font-semibold">{value}</span>
              </div>
            ))}
          </Tip>
        )}
      </Readable>
      <AsTable
        name={label}
        header={[
          t('day'),
          historyLabel,
          ...TABLE_LEVELS.map((level) => t('below', { share: percent(toPosition(level as Dec), 1) })),
        ]}
        rows={() => [
          ...past.map(({ day, value }) => [day, cell(value), ...TABLE_LEVELS.map(() => '')]),
          ...ahead.map(({ days, quantiles }) => [
            addDays(from, days),
            '',
            ...TABLE_LEVELS.map((level) => cell(quantiles[level])),
          ]),
        ]}
      />
    </figure>
  );

  // Exact digits in the table and CSV; masked or scrambled as the chart is.
  function cell(value: Dec | undefined): string {
    if (value === undefined) return '–';
    if (privacy === 'hide') return MASK;
    return factor ? multiply(value, factor) : value;
  }
}

interface Shown {
  past: readonly { day: Day; value: Dec }[];
  from: Day;
  last: Dec;
  ahead: readonly FanDay[];
  mark: Dec | undefined;
  isKept: boolean;
}

interface Drawing extends Grid {
  positions: number[];
  /** Per position what to put a dot on. */
  dots: number[][];
  history: string;
  bands: string[];
  median: string;
  today: number;
  mark: number | undefined;
}

function drawing(shown: Shown, frame: { width: number; height: number; left: number }): Drawing {
  const { past, from, last, ahead, mark, isKept } = shown;
  const right = Math.max(frame.width - PAD.right, frame.left + 1);
  const base = frame.height - PAD.bottom;
  const begin = past[0]?.day ?? from;
  const horizon = ahead.at(-1)?.days ?? 0;
  const x = linear([-daysBetween(begin, from), horizon], [frame.left, right]);
  const values = past.map(({ value }) => toPosition(value));
  const outer = ahead.flatMap(({ quantiles }) =>
    [BANDS[0].low, BANDS[0].high].flatMap((level) => quantiles[level] ?? []).map(toPosition),
  );
  const kept = mark !== undefined && isKept ? [toPosition(mark)] : [];
  const all = [...values, ...outer, ...kept];
  const axis = niceAxis(Math.min(...all), Math.max(...all), 5);
  const y = linear(axis.domain, [base, PAD.top]);
  const lines = Object.fromEntries(
    TABLE_LEVELS.map((level) => [level, levelLine(level, last, ahead, { x, y })]),
  );
  const labels = Math.max(2, Math.floor((right - frame.left) / 110));
  const place = (day: Day) => x(daysBetween(from, day));
  const marked = mark === undefined ? undefined : y(toPosition(mark));
  return {
    positions: [...past.map(({ day }) => place(day)), ...ahead.map(({ days }) => x(days))],
    dots: [
      ...values.map((value) => [y(value)]),
      ...ahead.map(({ quantiles }) =>
        TABLE_LEVELS.flatMap((level) => quantiles[level] ?? [])
          .map(toPosition)
          .map(y),
      ),
    ],
    xTicks: timeTicks(utc(begin), utc(addDays(from, horizon)), labels).map(({ time, label }) => ({
      at: place(new Date(time).toISOString().slice(0, 10)),
      label,
    })),
    yTicks: axis.ticks.map((value) => ({ at: y(value), value })),
    base,
    history: linePath(past.map(({ day }, i) => [place(day), y(values[i] ?? 0)])),
    bands: BANDS.map(({ low, high }) => bandPath(lines[high] ?? [], lines[low] ?? [])),
    median: linePath(lines[MEDIAN] ?? []),
    today: x(0),
    mark: marked !== undefined && marked >= PAD.top && marked <= base ? marked : undefined,
  };
}

function Today({ x, base, isLeft }: { x: number; base: number; isLeft: boolean }) {
  // Where nothing lies before it, its words would be cut off on that side.
  const [at, anchor] = isLeft ? ([x, 'start'] as const) : ([x - 5, 'end'] as const);
  return (
    <g>
      <line x1={x} x2={x} y1={PAD.top} y2={base} stroke="var(--control-line)" strokeDasharray="2 3" />
      <text x={at} y={PAD.top - 3} fontSize={11} fill="var(--muted)" textAnchor={anchor}>
        {t('lastKnown')}
      </text>
    </g>
  );
}

function Mark({ x, end, y, label }: { x: number; end: number; y: number; label: string }) {
  // Under the upper edge there is no room above the line.
  const baseline = y < PAD.top + MARK_PX ? y + MARK_PX : y - 4;
  return (
    <g>
      <line x1={x} x2={end} y1={y} y2={y} stroke="var(--text)" strokeDasharray="6 4" />
      <text
        x={end - 2}
        y={baseline}
        fontSize={11}
        fill="var(--text)"
        textAnchor="end"
        stroke="var(--panel)"
        strokeWidth={3}
        paintOrder="stroke"
      >
        {label}
      </text>
    </g>
  );
}

function Cross({ drawn, index }: { drawn: Drawing; index: number }) {
  const x = drawn.positions[index] ?? 0;
  return (
    <g>
      <line x1={x} x2={x} y1={PAD.top} y2={drawn.base} stroke="var(--control-line)" />
      {drawn.dots[index]?.map((y) => (
        <circle key={y} cx={x} cy={y} r={3.5} fill="var(--accent)" stroke="var(--panel)" strokeWidth={1.5} />
      ))}
    </g>
  );
}

function Legend({ historyLabel }: { historyLabel: string | undefined }) {
  const line = (dash?: string) => (
    <line x1={0} x2={18} y1={4} y2={4} stroke="var(--accent)" strokeWidth={2} strokeDasharray={dash} />
  );
  // In the picture the bands lie upon each other, so they do here.
  const keys = [
    ...(historyLabel === undefined ? [] : [{ name: historyLabel, mark: line() }]),
    ...BANDS.map(({ share }, i) => ({
      name: t('band', { share: percent(share, 0) }),
      mark: FILLS.slice(0, i + 1).map((fill) => <rect key={fill} width={18} height={8} fill={fill} />),
    })),
    { name: t('middle'), mark: line('2 3') },
  ];
  return (
    <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-muted text-xs">
      {keys.map(({ name, mark }) => (
        <li key={name} className="flex items-center gap-1.5">
          <svg width={18} height={8} aria-hidden="true">
            {mark}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
