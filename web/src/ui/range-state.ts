import type { Day } from '@/lib/dates';
import { todayIn } from '@/lib/dates';
import { preference, setPreference } from '@/lib/preferences';
import { customSpan, parseRange, type Range, span } from '@/lib/range';
import { useSearchState } from './search-state';

const RANGE_DEFAULT: Range = '1Y';
const SEARCH = { range: (value: unknown) => parseRange(value, remembered()) };

function remembered(): Range {
  return parseRange(preference('range'), RANGE_DEFAULT);
}

export interface RangeState {
  range: Range;
  choose: (range: Range) => void;
  /** undefined: since the books begin. */
  from: Day | undefined;
  /** undefined: up to today, whatever day that is when the answer is computed. */
  to: Day | undefined;
}

/** The range in the URL, else the one chosen last. Days are those of the portfolio's time zone. */
export function useRange(timeZone: string): RangeState {
  const [{ range }, setSearch] = useSearchState(SEARCH);
  const choose = (next: Range) => {
    setPreference('range', next);
    setSearch({ range: next });
  };
  const now = todayIn(timeZone);
  const { from } = span(range, now);
  // A last day that is still to come is today: there are no figures of it.
  const to = customSpan(range)?.to;
  return { range, choose, from, to: to !== undefined && to < now ? to : undefined };
}
