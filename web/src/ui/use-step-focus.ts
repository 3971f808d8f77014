import { useEffect, useRef } from 'react';

/**
 * A step takes away what had the focus: readers and keyboards then start at the page's heading. `step` names it,
 * undefined while it is not known; the first one is where the page opens.
 */
export function useStepFocus(step: string | undefined): void {
  const before = useRef(step);
  useEffect(() => {
    if (step === undefined || step === before.current) return;
    const isFirst = before.current === undefined;
    before.current = step;
    if (!isFirst && document.activeElement === document.body)
      document.querySelector<HTMLElement>('h1')?.focus();
  }, [step]);
}
