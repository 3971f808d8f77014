// Exact decimals for what a form shows before the server decides. Money never becomes a float.

declare const brand: unique symbol;

/** A plain decimal text, as the API writes it: "-12.5", never "1e3", never "1,000". */
export type Dec = `${number}` & { readonly [brand]: true };

const PLAIN = /^-?\d+(\.\d+)?$/;

export const ZERO = '0' as Dec;

export function isDec(text: unknown): text is Dec {
  return typeof text === 'string' && PLAIN.test(text);
}

/** Throws RangeError if the text is not a plain decimal. */
export function dec(text: string | bigint): Dec {
  const plain = text.toString();
  if (!isDec(plain)) throw new RangeError(`not a plain decimal: ${plain}`);
  return plain;
}

interface Scaled {
  units: bigint;
  scale: number;
}

function scaled(value: Dec): Scaled {
  const [whole = '0', fraction = ''] = value.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function plain({ units, scale }: Scaled): Dec {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  const text = fraction ? `${whole}.${fraction}` : whole;
  return (negative && /[1-9]/.test(text) ? `-${text}` : text) as Dec;
}

function align(a: Scaled, b: Scaled): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

export function add(a: Dec, b: Dec): Dec {
  const [x, y, scale] = align(scaled(a), scaled(b));
  return plain({ units: x + y, scale });
}

export function negate(value: Dec): Dec {
  const { units, scale } = scaled(value);
  return plain({ units: -units, scale });
}

export function subtract(a: Dec, b: Dec): Dec {
  return add(a, negate(b));
}

export function multiply(a: Dec, b: Dec): Dec {
  const [x, y] = [scaled(a), scaled(b)];
  return plain({ units: x.units * y.units, scale: x.scale + y.scale });
}

export function sum(values: readonly Dec[]): Dec {
  return values.reduce(add, ZERO);
}

/** -1, 0 or 1. */
export function compare(a: Dec, b: Dec): -1 | 0 | 1 {
  const [x, y] = align(scaled(a), scaled(b));
  return x < y ? -1 : x > y ? 1 : 0;
}

export function sign(value: Dec): -1 | 0 | 1 {
  return compare(value, ZERO);
}

export function absolute(value: Dec): Dec {
  return sign(value) < 0 ? negate(value) : value;
}

/** Half to even, to `scale` decimal places. */
export function round(value: Dec, scale: number): Dec {
  const from = scaled(value);
  if (from.scale <= scale) return plain(from);
  return plain({ units: divideEven(from.units, 10n ** BigInt(from.scale - scale)), scale });
}

/** a ÷ b to `scale` places, half to even; undefined where b is 0. */
export function divide(a: Dec, b: Dec, scale: number): Dec | undefined {
  const [x, y] = align(scaled(a), scaled(b));
  if (y === 0n) return;
  return plain({ units: divideEven(x * 10n ** BigInt(scale), y), scale });
}

function divideEven(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  const [whole, rest] = [n / d, n % d];
  const up = rest * 2n > d || (rest * 2n === d && whole % 2n === 1n);
  const rounded = up ? whole + 1n : whole;
  return negative ? -rounded : rounded;
}

/**
 * What a person typed, in their locale: grouping signs and spaces are dropped, the locale's decimal sign is read.
 * undefined if it is not one number.
 */
export function parseTyped(typed: string, locale: string): Dec | undefined {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(-1234567.8);
  const find = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const group = find('group');
  let text = typed
    .trim()
    .replace(/[\s'’]/g, '')
    .replace(/^[−–]/, '-')
    .replace(/^\+/, '');
  const decimal = find('decimal');
  if (group?.trim() && group !== decimal) {
    if (!groupsStandRight(text, group, decimal)) return;
    text = text.replaceAll(group, '');
  }
  text = text.replace(decimal, '.');
  if (/^-?\.\d+$/.test(text)) text = text.replace('.', '0.');
  if (/^-?\d+\.$/.test(text)) text = text.slice(0, -1);
  return isDec(text) ? plain(scaled(text)) : undefined;
}

// "1.5" in a locale that groups by points would read as 15: refuse unless the groups are of three digits.
function groupsStandRight(text: string, group: string, decimal: string): boolean {
  const [whole = '', fraction = ''] = text.split(decimal);
  if (fraction.includes(group)) return false;
  const [first = '', ...later] = whole.split(group);
  if (later.length > 0 && !/^-?\d{1,3}$/.test(first)) return false;
  return later.every((digits) => digits.length === 3 || (digits.length === 2 && later.at(-1) !== digits));
}
