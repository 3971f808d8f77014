import { describe, expect, it } from 'vitest';
import { dec } from './decimal';
import { splitParts, splitRatio } from './split-ratio';

describe('splitRatio', () => {
  it.each([
    ['4', '1', '4'],
    ['1', '10', '0.1'],
    ['11', '10', '1.1'],
    ['3', '2', '1.5'],
    ['2.5', '1', '2.5'],
    ['4.0', '2', '2'],
    ['1', '68719476736', '0.000000000014551915228366851806640625'],
  ])('is %s ÷ %s exactly where the decimal ends', (after, before, value) => {
    expect(splitRatio(dec(after), dec(before))).toEqual({ value, isExact: true });
  });

  it.each([
    ['1', '3', '0.333333333333333333'],
    ['7', '3', '2.333333333333333333'],
    ['2', '3', '0.666666666666666667'],
    // It ends, one place after the last that is kept.
    ['1', '137438953472', '0.000000000007275958'],
  ])('rounds %s ÷ %s as the ledger rounds, and says so', (after, before, value) => {
    expect(splitRatio(dec(after), dec(before))).toEqual({ value, isExact: false });
  });

  it('has no answer for nothing held', () => expect(splitRatio(dec('1'), dec('0'))).toBeUndefined());
});

describe('splitParts', () => {
  it.each([
    ['4', '4', '1'],
    ['0.1', '1', '10'],
    ['1.1', '11', '10'],
    ['1.5', '3', '2'],
    ['1.281', '1281', '1000'],
    ['1', '1', '1'],
    ['0.333333333333333333', '1', '3'],
    ['2.333333333333333333', '7', '3'],
    // No plain numbers give these: they stay as they were recorded.
    ['1.0371', '1.0371', '1'],
    ['0.33333333', '0.33333333', '1'],
  ])('says %s as %s for %s', (ratio, after, before) => {
    expect(splitParts(dec(ratio))).toEqual({ after, before });
  });

  it('gives the very ratio back', () => {
    for (const ratio of ['0.1', '1.281', '0.333333333333333333', '1.0371', '0.142857142857142857']) {
      const { after, before } = splitParts(dec(ratio));
      expect(splitRatio(after, before)?.value).toBe(ratio);
    }
  });
});
