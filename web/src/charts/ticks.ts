import { type Day, formatAxisDay, formatClock, formatMonth, formatYear, utc } from '@/lib/dates';

const DAY_MS = 86_400_000;

export interface Tick {
  time: number;
  label: string;
}

/** About `count` ticks at days, months or years, labelled so that no label can be misread. */
export function timeTicks(from: number, to: number, count: number): Tick[] {
  const days = (to - from) / DAY_MS;
  if (days < 1) return [{ time: from, label: formatAxisDay(from) }];
  if (days <= 92) return dayTicks(from, to, Math.ceil(days / count));
  const months = Math.max(1, Math.ceil(days / 30.44 / count));
  return months <= 6
    ? monthTicks(from, to, [1, 2, 3, 6].find((step) => step >= months) ?? 6)
    : yearTicks(from, to, months);
}

const HOURS = [1, 2, 3, 6, 12, 24, 48, 72, 168, 336];

/** About `count` ticks between two instants, at full hours or midnights of the reader's time zone. */
export function clockTicks(from: number, to: number, count: number): Tick[] {
  const wanted = (to - from) / 3_600_000 / count;
  const step = HOURS.find((hours) => hours >= wanted) ?? 336;
  const ticks: Tick[] = [];
  // Midnight by midnight, as a day may have 23 hours or 25.
  const midnight = new Date(from);
  midnight.setHours(0, 0, 0, 0);
  const days = Math.max(1, step / 24);
  for (let number = 0; midnight.getTime() <= to; number++) {
    for (let hour = 0; hour < 24 && number % days === 0; hour += step) {
      const time = new Date(midnight).setHours(hour);
      if (time >= from && time <= to) ticks.push({ time, label: formatClock(time) });
    }
    midnight.setDate(midnight.getDate() + 1);
  }
  return ticks;
}

function dayTicks(from: number, to: number, step: number): Tick[] {
  const ticks: Tick[] = [];
  for (let time = to; time >= from; time -= step * DAY_MS)
    ticks.unshift({ time, label: formatAxisDay(time) });
  return ticks;
}

function monthTicks(from: number, to: number, step: number): Tick[] {
  const start = new Date(from);
  const ticks: Tick[] = [];
  for (let month = start.getUTCMonth(); ; month++) {
    const time = Date.UTC(start.getUTCFullYear(), month, 1);
    if (time > to) return ticks;
    if (time >= from && month % step === 0) ticks.push({ time, label: formatMonth(time) });
  }
}

function yearTicks(from: number, to: number, months: number): Tick[] {
  const step = Math.max(1, Math.round(months / 12));
  const first = new Date(from).getUTCFullYear() + 1;
  const ticks: Tick[] = [];
  for (let year = first; ; year += step) {
    const time = utc(`${String(year).padStart(4, '0')}-01-01` as Day);
    if (time > to) return ticks;
    ticks.push({ time, label: formatYear(time) });
  }
}
