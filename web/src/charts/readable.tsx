import type { ReactNode, Ref } from 'react';
import type { useCrosshair } from './crosshair';
import { t } from './messages';

interface ReadableProps {
  ref: Ref<HTMLDivElement>;
  label: string;
  crosshair: ReturnType<typeof useCrosshair>;
  last: number;
  /** One point in words. */
  reading: (index: number) => string;
  height: number;
  children: ReactNode;
}

/** The frame of a chart that is read point by point, by pointer or keys: one stop of Tab that speaks. */
export function Readable({ ref, label, crosshair, last, reading, height, children }: ReadableProps) {
  const { index, handlers } = crosshair;
  return (
    <div
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={index ?? last}
      aria-valuetext={index === null ? `${reading(last)}. ${t('readKeys')}` : reading(index)}
      className="relative touch-pan-y rounded-md"
      style={{ height }}
      {...handlers}
    >
      {children}
    </div>
  );
}
