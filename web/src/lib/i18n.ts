import { formatLocale, locale, PSEUDO } from './locale';

/** One text, or its plural forms chosen by `count`. Places are written {name}. */
export type Message = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { other: string });
export type Table = Readonly<Record<string, Message>>;
export type Values = Readonly<Record<string, string | number>>;
export type Translate<T extends Table> = (id: keyof T & string, values?: Values) => string;

const plurals = new Map<string, Intl.PluralRules>();

/** Makes t() for one table of English texts. Each area of the app has its own, so that a page loads only its words. */
export function messages<const T extends Table>(english: T): Translate<T> {
  return (id, values = {}) => {
    const message = english[id] as Message;
    const form = typeof message === 'string' ? message : pluralForm(message, values.count);
    const text = locale() === PSEUDO ? pseudo(form) : form;
    return text.replace(/\{(\w+)\}/g, (place, name: string) => String(shown(values[name]) ?? place));
  };
}

function shown(value: string | number | undefined): string | undefined {
  return typeof value === 'number' ? new Intl.NumberFormat(formatLocale()).format(value) : value;
}

function pluralForm(message: Exclude<Message, string>, count: string | number | undefined): string {
  const language = formatLocale();
  const rules = plurals.get(language) ?? new Intl.PluralRules(language);
  plurals.set(language, rules);
  return message[rules.select(Number(count))] ?? message.other;
}

const ACCENTS: Record<string, string> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  A: 'Á',
  E: 'É',
  O: 'Ó',
  U: 'Ú',
};

/** Accents on vowels outside places, and brackets, so that a bare or cut text is seen at once. */
export function pseudo(text: string): string {
  const parts = text.split(/(\{\w+\})/);
  const accented = parts.map((part, i) =>
    i % 2 ? part : part.replace(/[aeiouAEOU]/g, (c) => ACCENTS[c] ?? c),
  );
  return `[${accented.join('')}]`;
}
