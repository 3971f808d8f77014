import type { ReactNode } from 'react';
import type { Asked } from '@/api/parse/explanations';
import type { TaxReport } from '@/api/parse/tax-report';
import { addDays } from '@/lib/dates';
import { Explained } from '@/ui/explained';

interface OfYearProps {
  figure: Asked['figure'];
  data: Pick<TaxReport, 'portfolio_id' | 'since' | 'until'>;
  /** null: of money, or of an asset no longer known. */
  asset?: string | null;
  children: ReactNode;
}

/** A figure of the year that tells how it came about; a period begins with the end of the day before. */
export function OfYear({ figure, data: { portfolio_id: of, since, until }, asset, children }: OfYearProps) {
  if (asset === null) return children;
  return (
    <Explained asked={{ of, figure, asset_id: asset, from: addDays(since, -1), to: until }}>
      {children}
    </Explained>
  );
}
