import { useQuery } from '@tanstack/react-query';
import type { Performance } from '@/api/parse/performance';
import type { Day } from '@/lib/dates';
import { sign } from '@/lib/decimal';
import { performanceQuery, type Question } from './portfolios';

/**
 * Figures of a period that starts no earlier than the books do: five years asked of two years of books must not be
 * annualised over five.
 */
export function usePerformance(
  id: string | undefined,
  from: Day | undefined,
  to: Day | undefined,
  question: Question = {},
) {
  const asked = useQuery(performanceQuery(id, from, to, question));
  const later = asked.data && !asked.isPlaceholderData ? beginning(asked.data) : undefined;
  const cut = useQuery({ ...performanceQuery(id, later, to, question), enabled: later !== undefined });
  const { data, error, refetch } = later === undefined ? asked : cut;
  return { data, error, refetch };
}

/** The day before anything happened, where days without anything stand before it; else undefined. */
export function beginning({ start_value, series }: Performance): Day | undefined {
  const { days, value, flow } = series;
  if (start_value === null || sign(start_value) !== 0) return;
  const isSomething = (i: number) => [value[i], flow[i]].some((one) => one == null || sign(one) !== 0);
  const first = days.findIndex((_, i) => isSomething(i));
  return first > 1 ? days[first - 1] : undefined;
}
