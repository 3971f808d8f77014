import type { Import, ImportChange, UnknownSymbol } from '@/api/parse/imports';

export type OptionName = 'decimal' | 'date_order';

export interface Question {
  option: OptionName;
  /** Rows that wait for the answer, of the errors that are listed. */
  rows: number;
}

const CODES: Readonly<Record<OptionName, readonly string[]>> = {
  date_order: ['ambiguous_date'],
  decimal: ['ambiguous_number'],
};

/** What the errors ask to be told about the whole file. */
export function questionsOf({ errors }: Pick<Import, 'errors'>): Question[] {
  const names: OptionName[] = ['date_order', 'decimal'];
  return names
    .map((option) => {
      const lines = errors.filter(({ code }) => CODES[option].includes(code)).map(({ line }) => line);
      return { option, rows: new Set(lines).size };
    })
    .filter(({ rows }) => rows > 0);
}

export function hasQuestions(item: Pick<Import, 'errors' | 'unknown_symbols'>): boolean {
  return item.unknown_symbols.length > 0 || questionsOf(item).length > 0;
}

/** Symbols that "create all" creates: where several assets may be meant, the person chooses. */
export function creatable(symbols: readonly UnknownSymbol[]): UnknownSymbol[] {
  return symbols.filter(({ candidates }) => candidates.length === 0);
}

/** Errors that only a change of the file mends; the others are asked as questions. */
export function errorsToMend({ errors }: Pick<Import, 'errors'>): Import['errors'] {
  const asked = ['unknown_symbol', ...Object.values(CODES).flat()];
  return errors.filter(({ code }) => !asked.includes(code));
}

export type Answer = (change: ImportChange) => void;
