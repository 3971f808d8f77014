import { describe, expect, it } from 'vitest';
import {
  absolute,
  add,
  compare,
  dec,
  divide,
  isDec,
  multiply,
  negate,
  parseTyped,
  round,
  sign,
  subtract,
  sum,
} from './decimal';

const d = dec;

describe('what is a plain decimal', () => {
  it.each(['0', '-0.00', '12345678901234567890.000000000000000001', '007'])('takes %s', (text) => {
    expect(isDec(text)).toBe(true);
  });

  it.each(['', '1e3', '1,5', '.5', '5.', '+1', 'NaN', ' 1', 1])('refuses %j', (text) => {
    expect(isDec(text)).toBe(false);
    if (typeof text === 'string') expect(() => d(text)).toThrow(RangeError);
  });
});

describe('arithmetic is exact', () => {
  it('adds what floats cannot', () => {
    expect(add(d('0.1'), d('0.2'))).toBe('0.3');
    expect(add(d('9007199254740993'), d('0.000000000000000001'))).toBe('9007199254740993.000000000000000001');
  });

  it('has no negative zero and no useless zeros', () => {
    expect(subtract(d('1.50'), d('1.5'))).toBe('0');
    expect(negate(d('0.00'))).toBe('0');
    expect(multiply(d('-0.5'), d('0'))).toBe('0');
    expect(add(d('1.10'), d('1.90'))).toBe('3');
  });

  it('multiplies by digits, not by magnitude', () => {
    expect(multiply(d('12345678901.23456789'), d('-0.00000001'))).toBe('-123.4567890123456789');
  });

  it('sums nothing to zero', () => {
    expect(sum([])).toBe('0');
    expect(sum([d('0.1'), d('0.1'), d('0.1')])).toBe('0.3');
  });

  it('rounds half to even on both sides of zero', () => {
    expect([d('0.125'), d('0.135'), d('-0.125'), d('2.5')].map((x, i) => round(x, i === 3 ? 0 : 2))).toEqual([
      '0.12',
      '0.14',
      '-0.12',
      '2',
    ]);
  });

  it('divides to the asked places, and not by zero', () => {
    expect(divide(d('1'), d('3'), 6)).toBe('0.333333');
    expect(divide(d('-10'), d('4'), 0)).toBe('-2');
    expect(divide(d('1'), d('0.00'), 2)).toBeUndefined();
  });

  it('compares by value', () => {
    expect(compare(d('1.0'), d('1'))).toBe(0);
    expect(compare(d('-2'), d('1'))).toBe(-1);
    expect(sign(d('-0.0'))).toBe(0);
    expect(absolute(d('-3.20'))).toBe('3.2');
  });
});

describe('what a person typed', () => {
  it.each([
    ['1,234.50', 'en-US', '1234.5'],
    ['1.234,50', 'de-DE', '1234.5'],
    ['1 234,5', 'fr-FR', '1234.5'],
    ['1’234.5', 'de-CH', '1234.5'],
    ['12,34,567.5', 'en-IN', '1234567.5'],
    ['−3', 'en-US', '-3'],
    ['.5', 'en-US', '0.5'],
    ['5.', 'en-US', '5'],
    ['0,001', 'de-DE', '0.001'],
  ])('reads %s in %s', (typed, locale, value) => {
    expect(parseTyped(typed, locale)).toBe(value);
  });

  it.each([
    ['1.5', 'de-DE'],
    ['1,5', 'en-US'],
    ['1.2.3', 'en-US'],
    ['1234.567', 'de-DE'],
    ['12a', 'en-US'],
    ['', 'en-US'],
    ['1.234,567.8', 'de-DE'],
  ])('refuses %s in %s instead of guessing', (typed, locale) => {
    expect(parseTyped(typed, locale)).toBeUndefined();
  });
});
