import type { Portfolio } from '@/api/parse/portfolios';
import type { RangeState } from '@/ui/range-state';

/** What every part of the page is of. */
export interface PartProps {
  portfolio: Portfolio;
  range: RangeState;
}
