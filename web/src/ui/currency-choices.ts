import type { Choice } from './select';

const COMMON = ['EUR', 'USD', 'GBP', 'CHF', 'JPY'];

/** Codes for a select: those that matter here first, then the usual ones, then all others. */
export function currencyChoices(known: readonly { code: string }[], first: readonly string[]): Choice[] {
  const codes = [...first.filter(Boolean), ...COMMON, ...known.map(({ code }) => code)];
  return [...new Set(codes)].map((code) => ({ value: code, label: code }));
}
