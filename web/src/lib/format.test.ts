import { beforeEach, describe, expect, it } from 'vitest';
import { dec } from './decimal';
import { bytes, change, compactMoney, exact, money, percent, price, quantity, signedMoney } from './format';
import { setPreference } from './preferences';

beforeEach(() => setPreference('locale', 'en-US'));

describe('numbers for people', () => {
  it('formats every digit of a long decimal', () => {
    expect(exact(dec('12345678901234567.123456789012345678'))).toBe(
      '12,345,678,901,234,567.123456789012345678',
    );
  });

  it('writes money in minor units of its currency', () => {
    expect(money(dec('1234.5'), 'EUR')).toBe('€1,234.50');
    expect(money(dec('1234.5'), 'JPY')).toBe('¥1,235');
    expect(money(dec('90071992547409931.01'), 'USD')).toBe('$90,071,992,547,409,931.01');
  });

  it('has no signed zero', () => {
    expect(change(-0.00001)).toBe('0.00%');
    expect(change(0.0123)).toBe('+1.23%');
    expect(signedMoney(dec('-0.001'), 'EUR')).toBe('€0.00');
    expect(signedMoney(dec('12'), 'EUR')).toBe('+€12.00');
  });

  it('keeps eight significant digits of a quantity', () => {
    expect(quantity(dec('0.123456789'))).toBe('0.12345679');
    expect(quantity(dec('12'))).toBe('12');
  });

  it('keeps small prices readable', () => {
    expect(price(dec('0.000012345'), 'USD')).toBe('$0.00001235');
    expect(price(dec('101.5'), 'USD')).toBe('$101.50');
  });

  it('is compact on axes only', () => {
    expect(compactMoney(1_250_000, 'EUR')).toBe('€1.3M');
  });

  it('speaks the chosen language, whatever the currency', () => {
    setPreference('locale', 'de-DE');
    expect(money(dec('1234.5'), 'USD')).toBe('1.234,50\u00a0$');
    expect(percent(0.382)).toBe('38,2\u00a0%');
  });

  it('survives a currency that is no ISO code', () => {
    expect(money(dec('1'), 'BTC-X')).toContain('1.00');
  });

  it('writes sizes', () => {
    expect(bytes(48_234_496)).toBe('48.2 MB');
    expect([0, 1, 84].map(bytes)).toEqual(['0 bytes', '1 byte', '84 bytes']);
  });
});
