import { useMemo } from 'react';
import { formatMoment, isInstant, type Moment, timeOf } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { compactMoney, price } from '@/lib/format';
import { AsTable } from './as-table';
import { useCrosshair } from './crosshair';
import { t } from './messages';
import { Readable } from './readable';
import { compactUnit, labelDigits, linear, niceAxis, toPosition } from './scale';
import { clockTicks, timeTicks } from './ticks';
import { useWidth } from './use-width';

export interface Candle {
  /** The day, or the instant at which the interval begins. */
  at: Moment;
  open: Dec;
  high: Dec;
  low: Dec;
  close: Dec;
}

interface CandlesProps {
  /** What the chart shows, for readers and for the file name. */
  label: string;
  currency: string;
  items: readonly Candle[];
  height?: number;
}

const PAD = { top: 10, right: 10, bottom: 24, left: 62 };
const WIDEST = 11;

/** Days, or intervals within them, as candles, hollow where the price rose: colour is never alone. Prices are public, so nothing hides them. */
export function CandleChart({ label, currency, items, height = 260 }: CandlesProps) {
  const [ref, width] = useWidth();
  const drawing = useMemo(() => draw(items, width, height), [items, width, height]);
  const crosshair = useCrosshair(drawing.positions);
  const { index } = crosshair;
  const money = (value: Dec) => price(value, currency);
  const reading = ({ at, open, high, low, close }: Candle) =>
    `${formatMoment(at)}: ${t('candle', { open: money(open), high: money(high), low: money(low), close: money(close) })}`;
  const shown = items[index ?? items.length - 1];
  const digits = labelDigits(drawing.ticks, compactUnit(drawing.ticks));
  if (!shown) return null;
  const last = items.length - 1;
  return (
    <figure className="relative min-w-0">
      <p className="mb-2 min-h-5 text-muted text-xs" aria-hidden="true">
        {reading(shown)}
      </p>
      <Readable
        ref={ref}
        label={label}
        crosshair={crosshair}
        last={last}
        reading={(place) => reading(items[place] ?? shown)}
        height={height}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true" className="pointer-events-none block">
            <g fontSize={11} fill="var(--muted)">
              {drawing.ticks.map((value) => (
                <g key={value}>
                  <line
                    x1={PAD.left}
                    x2={width - PAD.right}
                    y1={drawing.y(value)}
                    y2={drawing.y(value)}
                    stroke="var(--line)"
                  />
                  <text x={PAD.left - 8} y={drawing.y(value) + 4} textAnchor="end">
                    {compactMoney(value, currency, Math.max(1, digits))}
                  </text>
                </g>
              ))}
              {drawing.days.map(({ at, label: text }) => (
                <text key={at} x={at} y={height - 7} textAnchor="middle">
                  {text}
                </text>
              ))}
            </g>
            {index !== null && (
              <line
                x1={drawing.positions[index]}
                x2={drawing.positions[index]}
                y1={PAD.top}
                y2={height - PAD.bottom}
                stroke="var(--control-line)"
              />
            )}
            {drawing.candles.map(({ x, isUp, top, bottom, high, low }) => (
              <g key={x} stroke={isUp ? 'var(--gain)' : 'var(--loss)'}>
                <line x1={x} x2={x} y1={high} y2={low} />
                <rect
                  x={x - drawing.body / 2}
                  y={top}
                  width={drawing.body}
                  height={Math.max(1, bottom - top)}
                  fill={isUp ? 'var(--panel)' : 'var(--loss)'}
                />
              </g>
            ))}
          </svg>
        )}
      </Readable>
      <AsTable
        name={label}
        header={[t(isInstant(shown.at) ? 'time' : 'day'), t('open'), t('high'), t('low'), t('close')]}
        rows={() => items.map(({ at, open, high, low, close }) => [at, open, high, low, close])}
      />
    </figure>
  );
}

function draw(items: readonly Candle[], width: number, height: number) {
  const times = items.map(({ at }) => timeOf(at));
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0];
  const [left, right] = [PAD.left + WIDEST / 2, Math.max(width - PAD.right - WIDEST / 2, PAD.left + WIDEST)];
  const x = linear([from, to], [left, right]);
  const rows = items.map(({ open, high, low, close }) => ({
    open: toPosition(open),
    high: toPosition(high),
    low: toPosition(low),
    close: toPosition(close),
  }));
  const bounds = [
    Math.min(...rows.map(({ low }) => low)),
    Math.max(...rows.map(({ high }) => high)),
  ] as const;
  const axis = niceAxis(...bounds, 4);
  const y = linear(axis.domain, [height - PAD.bottom, PAD.top]);
  const positions = times.map(x);
  const step = Math.min(...times.slice(1).map((time, i) => time - (times[i] ?? 0)));
  const slots = Math.max(1, (to - from) / step);
  const ticks = isInstant(items[0]?.at ?? '') ? clockTicks : timeTicks;
  return {
    positions,
    y,
    ticks: axis.ticks,
    body: Math.max(1, Math.min(WIDEST, ((right - left) / slots) * 0.7)),
    days: ticks(from, to, Math.max(2, Math.floor((right - left) / 110))).map(({ time, label }) => ({
      at: Math.min(right - 20, Math.max(left + 20, x(time))),
      label,
    })),
    candles: rows.map(({ open, high, low, close }, i) => ({
      x: positions[i] ?? 0,
      isUp: close >= open,
      top: y(Math.max(open, close)),
      bottom: y(Math.min(open, close)),
      high: y(high),
      low: y(low),
    })),
  };
}
