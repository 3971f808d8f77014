import { type CSSProperties, useId } from 'react';
import { cx } from './class';
import type { FigureText } from './figure-words';

// The popover hangs on its button where the browser can anchor it, and stands in the middle elsewhere.
const PLACE = {
  positionArea: 'bottom span-right',
  positionTryFallbacks: 'flip-inline, flip-block',
} as CSSProperties;

interface FigureLabelProps {
  text: FigureText;
  className?: string;
}

/** The name of a figure; a click tells how it is defined. */
export function FigureLabel({ text: { name, definition }, className }: FigureLabelProps) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className={cx(
          '-mx-1 -my-1.5 cursor-help rounded-sm px-1 py-1.5 text-start leading-4',
          'underline decoration-dotted decoration-line underline-offset-3 hover:decoration-control',
          className,
        )}
      >
        {name}
      </button>
      <div
        id={id}
        popover="auto"
        style={PLACE}
        className="my-1 max-w-80 rounded-control border border-control bg-panel p-3 font-normal text-sm text-text shadow-card"
      >
        <p className="mb-1 font-semibold">{name}</p>
        <p className="text-muted">{definition}</p>
      </div>
    </>
  );
}
