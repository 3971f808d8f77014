import { messages } from '@/lib/i18n';

/** Figures that the dashboard shows too; the others are of the portfolio's page. */
export const FIGURES = {
  value: 'Value',
  value_is: 'What everything held is worth at the last known prices and rates, cash included.',
  day: 'Day',
  day_is: 'Gain of the last day; money paid in or out on that day does not count.',
  gain: 'Gain',
  gain_is:
    'Value at the end, less value at the start, less what was paid in, plus what was paid out. Fees and taxes have lowered it.',
  twr: 'Time-weighted return',
  twr_is:
    'The growth of one unit left alone: each day’s return, linked. When and how much you paid in does not change it, so it can be held against an index.',
  mwr: 'Money-weighted return',
  mwr_is:
    'The rate at which your payments would have grown to the value at the end (internal rate of return). Money that was there longer counts more: it is what you earned.',
} as const;

const WHY = {
  missing_rate: 'An exchange rate is missing.',
  negative_value: 'The value was below zero in between.',
  no_capital: 'There was no money at work.',
  no_root: 'No rate explains these payments.',
  multiple_roots: 'More than one rate explains these payments.',
  short_period: 'Too short to annualise.',
  few_returns: 'Too few days with prices.',
  needs_values: 'Values in between are missing.',
  other_reason: 'It does not follow from what is recorded.',
  no_price: 'No price is known.',
} as const;

const t = messages({ ...FIGURES, ...WHY });

/** The words of which there is also a definition. */
export type FigureOf<Words> = {
  [Name in keyof Words & string]: `${Name}_is` extends keyof Words ? Name : never;
}[keyof Words & string];

export interface FigureText {
  name: string;
  definition: string;
}

export function figureText(name: FigureOf<typeof FIGURES>): FigureText {
  return { name: t(name), definition: t(`${name}_is`) };
}

/** Why a figure is not known, from the code of the server. */
export function reasonText(code: string | undefined): string | undefined {
  if (code === undefined) return;
  return t(code in WHY ? (code as keyof typeof WHY) : 'other_reason');
}
