import { beforeEach, describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  daysBetween,
  formatAgo,
  formatDay,
  formatMonth,
  isDay,
  today,
  utc,
} from './dates';
import { setPreference } from './preferences';
import { customRange, parseRange, span } from './range';

beforeEach(() => setPreference('locale', 'en-US'));

describe('days are not instants', () => {
  it('runs west of Greenwich, where a naive date is the day before', () => {
    expect(new Date('2026-11-13').getDate()).toBe(12);
    expect(formatDay('2026-11-13')).toBe('Nov 13, 2026');
  });

  it('takes today from the reader’s clock', () => {
    expect(today(new Date('2026-01-01T03:00:00Z'))).toBe('2025-12-31');
  });

  it('writes months so that no year reads as a day', () => {
    expect(formatMonth(utc('2026-01-01'))).toBe('Jan 2026');
  });

  it('refuses days that do not exist', () => {
    expect(['2026-02-29', '2026-13-01', '2026-1-1', '', 5].map(isDay)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(isDay('2024-02-29')).toBe(true);
  });

  it('counts over the change of the clocks', () => {
    expect(daysBetween('2026-03-01', '2026-04-01')).toBe(31);
    expect(addDays('2026-10-24', 2)).toBe('2026-10-26');
    expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
    expect(addMonths('2026-01-15', -12)).toBe('2025-01-15');
  });

  it('says how long ago', () => {
    const now = Date.parse('2026-01-01T12:00:00Z');
    expect(formatAgo('2026-01-01T11:57:30Z', now)).toBe('2 minutes ago');
    expect(formatAgo('2025-12-30T12:00:00Z', now)).toBe('2 days ago');
    expect(formatAgo('2026-01-01T11:59:50Z', now)).toBe('this minute');
  });
});

describe('ranges', () => {
  it.each([
    ['1D', '2026-11-24'],
    ['1W', '2026-11-18'],
    ['1M', '2026-10-25'],
    ['YTD', '2025-12-31'],
    ['1Y', '2025-11-25'],
    ['Max', undefined],
  ])('%s starts on %s', (range, from) => {
    expect(span(range, '2026-11-25')).toEqual({ from, to: '2026-11-25' });
  });

  it('reads its own custom form, and nothing that is nonsense', () => {
    const range = customRange('2024-01-01', '2024-12-31');
    expect(parseRange(range, '1Y')).toBe(range);
    expect(span(range, '2026-11-25')).toEqual({ from: '2024-01-01', to: '2024-12-31' });
    for (const bad of [
      '2Y',
      '2024-12-31..2024-01-01',
      '2024-01-01..',
      7,
      undefined,
      '2024-01-01..2024-02-30',
    ]) {
      expect(parseRange(bad, '1Y')).toBe('1Y');
    }
  });
});
