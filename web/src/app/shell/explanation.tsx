import { lazy, Suspense, useState } from 'react';
import { usePortfolio } from '@/api/contexts';
import { useExplanation } from '@/ui/explain-state';

const Drawer = lazy(() => import('@/features/explanations/drawer'));

/** How a figure of the page came about, as the URL asks: open to every feature, loaded when first asked for. */
export function ExplanationOverlay() {
  const { portfolioId } = usePortfolio();
  const [asked, close] = useExplanation();
  const [wasAsked, setWasAsked] = useState(false);
  if (asked && !wasAsked) setWasAsked(true);
  if (!wasAsked || portfolioId === undefined) return null;
  return (
    <Suspense>
      <Drawer portfolioId={portfolioId} asked={asked} onClose={close} />
    </Suspense>
  );
}
