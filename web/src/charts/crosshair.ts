import { type KeyboardEvent, type PointerEvent, useState } from 'react';

const STRIDE = 30;

/** Index of the point whose position is nearest to `x`; positions ascend. */
export function nearest(positions: readonly number[], x: number): number {
  let low = 0;
  let high = positions.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) < x) low = middle;
    else high = middle;
  }
  return x - (positions[low] ?? 0) < (positions[high] ?? 0) - x ? low : high;
}

/** The index a key moves to; undefined if the key is not ours, null if the reading ends. */
export function keyTarget(key: string, at: number, last: number): number | null | undefined {
  const clamp = (index: number) => Math.min(last, Math.max(0, index));
  const targets: Record<string, number | null> = {
    ArrowLeft: clamp(at - 1),
    ArrowRight: clamp(at + 1),
    PageUp: clamp(at - STRIDE),
    PageDown: clamp(at + STRIDE),
    Home: 0,
    End: last,
    Escape: null,
  };
  return targets[key];
}

/** One tab stop for a chart of many points: the pointer or the keys choose one. */
export function useCrosshair(positions: readonly number[]) {
  const [index, setIndex] = useState<number | null>(null);
  const last = positions.length - 1;
  const at = index === null ? null : Math.min(index, last);
  return {
    index: at,
    handlers: {
      onKeyDown: (event: KeyboardEvent) => {
        const target = keyTarget(event.key, at ?? last, last);
        if (target === undefined) return;
        event.preventDefault();
        setIndex(at === null && target !== null && event.key.startsWith('Arrow') ? last : target);
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        const box = event.currentTarget.getBoundingClientRect();
        setIndex(nearest(positions, event.clientX - box.left));
      },
      onPointerLeave: (event: PointerEvent) => event.pointerType === 'mouse' && setIndex(null),
      onBlur: () => setIndex(null),
    },
  };
}
