// localStorage holds preferences only (names start with fs.), never a token, never an amount.
// Every value carries the version of its shape and is parsed on reading: a stranger's value is the default.

const VERSION = 1;

export type Parse<T> = (value: unknown) => T | undefined;

export function oneOf<const T extends readonly string[]>(choices: T): Parse<T[number]> {
  return (value) => (choices.includes(value as T[number]) ? (value as T[number]) : undefined);
}

export const asText: Parse<string> = (value) => (typeof value === 'string' ? value : undefined);

export const asTexts: Parse<string[]> = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;

export function read<T>(name: string, parse: Parse<T>): T | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(`fs.${name}`) ?? 'null');
    if (typeof stored !== 'object' || stored === null || !('v' in stored) || stored.v !== VERSION) return;
    return parse('d' in stored ? stored.d : undefined);
  } catch {
    // Storage can be forbidden or hold what another program wrote; the default then stands.
    return;
  }
}

export function write(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`fs.${name}`);
    else localStorage.setItem(`fs.${name}`, JSON.stringify({ v: VERSION, d: value }));
  } catch {
    // Private windows may refuse; the preference then lasts as long as the page.
  }
}
