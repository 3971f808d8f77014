import type { Resolver } from 'react-hook-form';
import * as z from 'zod/mini';
import { isDay } from '@/lib/dates';
import { compare, type Dec, dec, isDec, sign, sum, ZERO } from '@/lib/decimal';
import { exact } from '@/lib/format';
import {
  areUnitsSaid,
  type ChosenAsset,
  type ChosenLot,
  type FieldName,
  type FormValues,
  fieldsOf,
  hasOptionalAmount,
  type Leg,
  ratioOf,
} from './draft';
import { t } from './messages';
import { FORM_TYPES } from './types';

type Name = keyof FormValues;
type Complain = (name: Name, message: string) => void;

const Optional = z.optional(z.custom<Dec>(isDec));
const Chosen = z.custom<ChosenAsset | undefined>();

const ABOVE_ZERO = ['quantity', 'toQuantity', 'ratioNew', 'ratioOld'] as const;
const PART_OF = { ratioNew: 'ratio', ratioOld: 'ratio', settleAmount: 'settle' } as const;
const NOT_NEGATIVE = ['unitPrice', 'gross', 'fee', 'tax', 'settleAmount', 'costFraction'] as const;

/** The form's rules, so that a field says what is wrong before the server is asked; the server still decides. */
export const FormSchema = z
  .object({
    type: z.enum(FORM_TYPES),
    day: z.custom<string>(isDay, { error: () => t('badDay') }),
    subject: z.enum(['asset', 'money']),
    asset: Chosen,
    quantity: Optional,
    unitPrice: Optional,
    gross: Optional,
    currency: z.string(),
    fee: Optional,
    tax: Optional,
    ratioNew: Optional,
    ratioOld: Optional,
    isRatioRounded: z.boolean(),
    toAsset: Chosen,
    toQuantity: Optional,
    account: z.string().check(z.trim(), z.minLength(1, { error: () => t('needed') })),
    toAccount: z.string(),
    toPortfolio: z.string(),
    costFraction: Optional,
    lots: z.array(z.custom<ChosenLot>()),
    legs: z.array(z.custom<Leg>()),
    acquiredOn: z.string(),
    settleCurrency: z.string(),
    settleAmount: Optional,
    note: z.string(),
    tags: z.string(),
  })
  .check((context) => {
    const values = context.value as FormValues;
    const complain: Complain = (name, message) =>
      context.issues.push({ code: 'custom', message, path: [name], input: values[name] });
    checkNeeded(values, complain);
    checkSigns(values, complain);
    checkDays(values, complain);
  });

/** What react-hook-form asks: the values, or the first thing wrong with each field. */
export const resolve: Resolver<FormValues> = (values) => {
  const { success, error } = FormSchema.safeParse(values);
  if (success) return { values, errors: {} };
  const first = new Map(
    error.issues.map(({ path, message }) => [String(path[0]), message] as const).reverse(),
  );
  const errors = Object.fromEntries([...first].map(([name, message]) => [name, { type: 'custom', message }]));
  return { values: {}, errors };
};

function checkNeeded(values: FormValues, complain: Complain): void {
  const shows = fieldsOf(values);
  const hasPrice = shows.has('unitPrice') && shows.has('gross');
  if (shows.has('asset') && !values.asset) complain('asset', t('needAsset'));
  if (shows.has('quantity') && !values.quantity) complain('quantity', t('needed'));
  if (shows.has('ratio')) checkRatio(values, complain);
  if (hasPrice && !values.unitPrice && !values.gross) complain('unitPrice', t('needPrice'));
  if (values.type === 'opening_balance' && values.subject === 'asset' && !values.unitPrice)
    complain('unitPrice', t('needed'));
  if (shows.has('gross') && !hasPrice && !hasOptionalAmount(values.type) && !values.gross)
    complain('gross', t('needed'));
  if (shows.has('toQuantity') && !values.toQuantity) complain('toQuantity', t('needed'));
  if (shows.has('toAsset') && !values.toAsset) complain('toAsset', t('needAsset'));
  if (shows.has('toAsset') && values.toAsset && values.toAsset.id === values.asset?.id)
    complain('toAsset', t('sameAsset'));
  if (shows.has('settle') && values.settleCurrency && !values.settleAmount)
    complain('settleAmount', t('needed'));
  if (shows.has('costFraction') && !values.costFraction) complain('costFraction', t('needed'));
  if (values.costFraction && compare(values.costFraction, dec('1')) > 0)
    complain('costFraction', t('fractionMax'));
  if (shows.has('legs') && !values.legs.every(isWhole)) complain('legs', t('needLegs'));
  const lots = shows.has('lots') && lotsFault(values.lots, values.quantity);
  if (lots) complain('lots', lots);
  if (shows.has('toAccount')) checkAccounts(values, complain);
}

function checkRatio(values: FormValues, complain: Complain): void {
  for (const name of ['ratioNew', 'ratioOld'] as const) if (!values[name]) complain(name, t('needed'));
  if (ratioOf(values)?.isExact === false && !values.isRatioRounded)
    complain('isRatioRounded', t('ratioRoundNeeded'));
}

/** What a row of a pool needs before it can be sent. */
export function isWhole({ asset, quantity }: Leg): boolean {
  return asset !== undefined && quantity !== undefined && sign(quantity) > 0;
}

/** What is wrong with how much was said of each lot. */
export function lotsFault(lots: readonly ChosenLot[], quantity: Dec | undefined): string | undefined {
  if (!areUnitsSaid(lots)) return;
  if (lots.some(({ units }) => units === undefined || sign(units) <= 0)) return t('lotsPositive');
  const whole = sum(lots.map(({ units = ZERO }) => units));
  if (quantity && compare(whole, quantity) !== 0)
    return t('lotsSum', { sum: exact(whole), quantity: exact(quantity) });
}

function checkAccounts({ account, toAccount, toPortfolio }: FormValues, complain: Complain): void {
  const to = toAccount.trim();
  if (to === '') complain('toAccount', t('needed'));
  else if (to === account.trim() && toPortfolio === '') complain('toAccount', t('sameAccount'));
}

function checkSigns(values: FormValues, complain: Complain): void {
  const shows = fieldsOf(values);
  // What was typed for another type is not sent, and its field is not there to be mended.
  const below = (name: (typeof ABOVE_ZERO)[number] | (typeof NOT_NEGATIVE)[number], least: 0 | 1) => {
    const value = values[name];
    const field = name in PART_OF ? PART_OF[name as keyof typeof PART_OF] : (name as FieldName);
    return shows.has(field) && value !== undefined && sign(value) < least;
  };
  for (const name of ABOVE_ZERO) if (below(name, 1)) complain(name, t('needPositive'));
  for (const name of NOT_NEGATIVE) if (below(name, 0)) complain(name, t('needNotNegative'));
}

function checkDays(values: FormValues, complain: Complain): void {
  const { acquiredOn, day } = values;
  if (!fieldsOf(values).has('acquiredOn') || acquiredOn === '') return;
  if (!isDay(acquiredOn) || acquiredOn > day) complain('acquiredOn', t('badDay'));
}
