import type { CSSProperties, ReactNode } from 'react';

/** Where an axis has its marks, in px of the drawing. */
export interface Grid {
  xTicks: { at: number; label: string }[];
  yTicks: { at: number; value: number }[];
  /** The lower edge of the field. */
  base: number;
}

interface AxesProps {
  grid: Grid;
  left: number;
  right: number;
  format: (value: number) => string;
  showValues: boolean;
}

/** Days below, values at the side with hairlines through the field. */
export function Axes({ grid, left, right, format, showValues }: AxesProps) {
  return (
    <g fontSize={11} fill="var(--muted)">
      {grid.yTicks.map(({ at, value }) => (
        <g key={value}>
          <line x1={left} x2={right} y1={at} y2={at} stroke="var(--line)" />
          {showValues && (
            <text x={left - 8} y={at + 4} textAnchor="end">
              {format(value)}
            </text>
          )}
        </g>
      ))}
      {grid.xTicks.map(({ at, label }) => (
        <text key={at} x={at} y={grid.base + 17} textAnchor={anchor(at, left, right)}>
          {label}
        </text>
      ))}
    </g>
  );
}

// A centred label at the edge would be cut off.
function anchor(at: number, left: number, right: number): 'start' | 'middle' | 'end' {
  if (at - left < 26) return 'start';
  return right - at < 26 ? 'end' : 'middle';
}

const TIP_TURN = 0.7;
const TIP_NARROW_PX = 480;

/** Past 70 % of the width the tip goes to the left of the line; on a phone it slides along, so that it always fits. */
function tipPlace(x: number, width: number): CSSProperties {
  if (width < TIP_NARROW_PX) return { left: x, transform: `translateX(${(-100 * x) / width}%)` };
  return x > width * TIP_TURN ? { right: width - x + 12 } : { left: x + 12 };
}

/** What the crosshair reads, beside its line. Readers hear the same from the slider's text. */
export function Tip({ x, width, children }: { x: number; width: number; children: ReactNode }) {
  return (
    <div
      aria-hidden="true"
      style={tipPlace(x, width)}
      className="pointer-events-none absolute top-2 z-10 whitespace-nowrap rounded-md border border-line bg-panel px-2.5 py-1.5 text-xs shadow-card"
    >
      {children}
    </div>
  );
}
