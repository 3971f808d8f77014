import { lazy, Suspense, useState } from 'react';
import { useExplanation } from '@/ui/explain-state';

const Drawer = lazy(() => import('@/features/explanations/drawer'));

/** How a figure of the page came about, as the URL asks: open to every feature, loaded when first asked for. */
export function ExplanationOverlay() {
  const [asked, close] = useExplanation();
  const [wasAsked, setWasAsked] = useState(false);
  if (asked && !wasAsked) setWasAsked(true);
  if (!wasAsked) return null;
  return (
    <Suspense>
      <Drawer asked={asked} onClose={close} />
    </Suspense>
  );
}
