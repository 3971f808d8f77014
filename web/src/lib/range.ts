import { addDays, addMonths, type Day, isDay } from './dates';

export const RANGES = ['1D', '1W', '1M', '3M', '6M', 'YTD', '1Y', '5Y', 'Max'] as const;
export type RangeName = (typeof RANGES)[number];
/** A named range, or "2024-01-01..2024-12-31". */
export type Range = string;

export interface Span {
  /** undefined: from the first day there is. */
  from: Day | undefined;
  to: Day;
}

export function isRangeName(text: unknown): text is RangeName {
  return RANGES.includes(text as RangeName);
}

/** What the URL says, or the fallback if it says nonsense. */
export function parseRange(text: unknown, fallback: Range): Range {
  if (isRangeName(text)) return text;
  return typeof text === 'string' && customSpan(text) ? text : fallback;
}

export function customRange(from: Day, to: Day): Range {
  return `${from}..${to}`;
}

export function customSpan(range: Range): { from: Day; to: Day } | undefined {
  const [from, to, more] = range.split('..');
  return more === undefined && isDay(from) && isDay(to) && from <= to ? { from, to } : undefined;
}

const MONTHS: Partial<Record<RangeName, number>> = { '1M': 1, '3M': 3, '6M': 6, '1Y': 12, '5Y': 60 };

/** The days a range covers, counted back from `today`. */
export function span(range: Range, today: Day): Span {
  const custom = customSpan(range);
  if (custom) return custom;
  const months = MONTHS[range as RangeName];
  if (months) return { from: addMonths(today, -months), to: today };
  if (range === '1D') return { from: addDays(today, -1), to: today };
  if (range === '1W') return { from: addDays(today, -7), to: today };
  if (range === 'YTD') return { from: addDays(`${today.slice(0, 4)}-01-01`, -1), to: today };
  return { from: undefined, to: today };
}
