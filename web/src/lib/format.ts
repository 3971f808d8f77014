// Numbers for people. Decimal texts go to Intl as they are, which formats them exactly; none becomes a float.

import type { Dec } from './decimal';
import { formatLocale } from './locale';

/** Shown where a figure is not known; the reason stands beside it, and it is never 0. */
export const UNKNOWN = '–';

const formats = new Map<string, Intl.NumberFormat>();

function number(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const locale = formatLocale();
  const id = `${locale} ${key}`;
  const known = formats.get(id) ?? new Intl.NumberFormat(locale, options);
  formats.set(id, known);
  return known;
}

function currencyFormat(currency: string, key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const code = /^[A-Z]{3}$/.test(currency) ? currency : 'XXX';
  return number(`${key} ${code}`, {
    style: 'currency',
    currency: code,
    currencyDisplay: 'narrowSymbol',
    ...options,
  });
}

/** In minor units of the currency: "€1,234.50". */
export function money(value: Dec, currency: string): string {
  return currencyFormat(currency, 'money', {}).format(value);
}

/** With a sign unless it rounds to zero: "+€12.00". */
export function signedMoney(value: Dec, currency: string): string {
  return currencyFormat(currency, 'signed', { signDisplay: 'exceptZero' }).format(value);
}

/** Every digit, to work on with: "€1,234.5012345". */
export function exactMoney(value: Dec, currency: string): string {
  return currencyFormat(currency, 'exact money', { maximumFractionDigits: 100 }).format(value);
}

/** A price per unit keeps what small prices need: "€0.00001234". */
export function price(value: Dec, currency: string): string {
  const small = /^-?0(\.0|$)/.test(value);
  return small
    ? currencyFormat(currency, 'small', { maximumSignificantDigits: 4 }).format(value)
    : currencyFormat(currency, 'price', { maximumFractionDigits: 4 }).format(value);
}

/** For axes only: "€1.2M". */
export function compactMoney(value: number, currency: string, digits = 1): string {
  return currencyFormat(currency, `compact ${digits}`, {
    notation: 'compact',
    maximumFractionDigits: digits,
  }).format(value);
}

/** At most 8 significant digits; the full value is what copying gives. */
export function quantity(value: Dec): string {
  return number('quantity', { maximumSignificantDigits: 8 }).format(value);
}

/** A quantity of something not yet done: more digits would say more than is known. */
export function roughly(value: Dec): string {
  return number('roughly', { maximumSignificantDigits: 4 }).format(value);
}

/** The exact value with the locale's signs, every digit. */
export function exact(value: Dec): string {
  return number('exact', { maximumFractionDigits: 100 }).format(value);
}

/** A change: fraction in, "+1.20%" out; what rounds to zero has no sign. */
export function change(fraction: number): string {
  return number('change', {
    style: 'percent',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: 'exceptZero',
  }).format(fraction);
}

/** A share or level: fraction in, "38.2%" out. */
export function percent(fraction: number | Dec, digits = 1): string {
  return number(`percent ${digits}`, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(fraction);
}

/** The digits it has, at most six: "10%", "33.3333%". */
export function plainPercent(fraction: Dec): string {
  return number('plain percent', { style: 'percent', maximumSignificantDigits: 6 }).format(fraction);
}

export function count(value: number): string {
  return number('count', {}).format(value);
}

/** "1.4 MB". */
export function bytes(value: number): string {
  const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(steps.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const unit = steps[step] ?? 'byte';
  // The short name of a byte has no plural.
  const unitDisplay = step === 0 ? 'long' : 'short';
  return number(`bytes ${unit}`, { style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 }).format(
    value / 1000 ** step,
  );
}
