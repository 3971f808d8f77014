// Days are not instants: "2026-11-13" is that day everywhere. All arithmetic and formatting of days is in UTC.

import { formatLocale } from './locale';

export type Day = string;

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: unknown): text is Day {
  return (
    typeof text === 'string' && DAY.test(text) && !Number.isNaN(utc(text)) && fromUtc(utc(text)) === text
  );
}

/** Milliseconds of the day's midnight in UTC: a position on an axis, not a moment. */
export function utc(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function fromUtc(time: number): Day {
  return new Date(time).toISOString().slice(0, 10);
}

/** Today in the reader's own time zone. */
export function today(now = new Date()): Day {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Today where the books are kept, which is not always the reader's today. */
export function todayIn(timeZone: string, now = new Date()): Day {
  // Swedish writes days as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(now);
}

export function addDays(day: Day, days: number): Day {
  return fromUtc(utc(day) + days * DAY_MS);
}

/** The same day of another month, or that month's last day. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return fromUtc(Date.UTC(year, month - 1 + months, Math.min(date, last)));
}

export function daysBetween(from: Day, to: Day): number {
  return Math.round((utc(to) - utc(from)) / DAY_MS);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = formatLocale();
  const id = `${locale} ${key}`;
  const known = formats.get(id) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(id, known);
  return known;
}

/** "Nov 13, 2026": the one style of a day in the whole app. */
export function formatDay(day: Day): string {
  return format('day', { year: 'numeric', month: 'short', day: '2-digit', timeZone: 'UTC' }).format(utc(day));
}

/** "Jan 2026" for axes; never "Jan 26", which reads as a day. */
export function formatMonth(time: number): string {
  return format('month', { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(time);
}

/** "Nov 13" for axes that span less than a season. */
export function formatAxisDay(time: number): string {
  return format('axis-day', { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(time);
}

export function formatYear(time: number): string {
  return format('year', { year: 'numeric', timeZone: 'UTC' }).format(time);
}

/** An instant in the reader's time zone: "Nov 13, 2026, 14:05". */
export function formatInstant(instant: string): string {
  const options = {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  return format('instant', options).format(new Date(instant));
}

/** A point of a time axis: a day, or an instant like "2026-11-13T14:05:00Z". */
export type Moment = string;

export function isInstant(moment: Moment): boolean {
  return moment.includes('T');
}

/** Where a moment is on an axis, in milliseconds. */
export function timeOf(moment: Moment): number {
  return isInstant(moment) ? Date.parse(moment) : utc(moment);
}

/** A day as a day; an instant in the reader's time zone. */
export function formatMoment(moment: Moment): string {
  return isInstant(moment) ? formatInstant(moment) : formatDay(moment);
}

/** "14:00" for axes that span a few days, in the reader's time zone; its midnights are "Nov 13". */
export function formatClock(time: number): string {
  const at = new Date(time);
  if (at.getHours() === 0 && at.getMinutes() === 0)
    return format('clock-day', { month: 'short', day: 'numeric' }).format(at);
  return format('clock', { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** "Europe/Berlin": where the reader's instants are told of. */
export function zoneHere(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** "3 minutes ago", "in 2 hours". */
export function formatAgo(instant: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1000);
  const relative = new Intl.RelativeTimeFormat(formatLocale(), { numeric: 'auto' });
  const steps = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  return step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : relative.format(0, 'minute');
}
