import type { Asset } from '@/api/parse/market';
import type { Transaction, TransactionDraft, TransactionType } from '@/api/parse/transactions';
import { add, type Dec, isDec, multiply, negate, subtract, sum, ZERO } from '@/lib/decimal';
import { type SplitRatio, splitParts, splitRatio } from '@/lib/split-ratio';
import type { FormType } from './types';

export type ChosenAsset = Pick<Asset, 'id' | 'symbol' | 'name' | 'currency'> &
  Partial<Pick<Asset, 'latest_price'>>;

/** Units of one asset that go into a pool or come out of it. */
export interface Leg {
  asset: ChosenAsset | undefined;
  quantity: Dec | undefined;
}

export interface FormValues {
  type: FormType;
  day: string;
  subject: 'asset' | 'money';
  asset: ChosenAsset | undefined;
  quantity: Dec | undefined;
  unitPrice: Dec | undefined;
  gross: Dec | undefined;
  currency: string;
  fee: Dec | undefined;
  tax: Dec | undefined;
  /** Of a split the units after and before; of bonus shares the new ones and those held. */
  ratioNew: Dec | undefined;
  ratioOld: Dec | undefined;
  /** A ratio that does not end as a decimal is to be recorded rounded. */
  isRatioRounded: boolean;
  toAsset: ChosenAsset | undefined;
  toQuantity: Dec | undefined;
  account: string;
  toAccount: string;
  /** Of a transfer; empty within the portfolio. */
  toPortfolio: string;
  /** Part of the cost that moves to what is received, 0 to 1. */
  costFraction: Dec | undefined;
  /** Lots to take from, in this order; none: as the portfolio's method says. */
  lots: readonly ChosenLot[];
  legs: readonly Leg[];
  acquiredOn: string;
  settleCurrency: string;
  settleAmount: Dec | undefined;
  note: string;
  tags: string;
}

/** A lot to take from. ``units`` stands, maybe empty, in all of them or in none. */
export interface ChosenLot {
  id: string;
  units?: Dec | undefined;
}

export type FieldName =
  | 'subject'
  | 'asset'
  | 'quantity'
  | 'unitPrice'
  | 'gross'
  | 'fee'
  | 'tax'
  | 'ratio'
  | 'toAsset'
  | 'toQuantity'
  | 'toAccount'
  | 'costFraction'
  | 'lots'
  | 'legs'
  | 'acquiredOn'
  | 'settle';

const TRADE = ['asset', 'quantity', 'unitPrice', 'gross', 'fee', 'tax', 'settle'] as const;
const MONEY = ['gross'] as const;
const RECEIPT = ['asset', 'quantity', 'unitPrice', 'tax'] as const;

const FIELDS: Record<FormType, readonly FieldName[]> = {
  buy: TRADE,
  sell: [...TRADE, 'lots'],
  short_sell: TRADE,
  cover: TRADE,
  deposit: ['gross', 'fee'],
  withdrawal: ['gross', 'fee'],
  dividend: ['asset', 'gross', 'tax', 'fee', 'settle'],
  interest: ['gross', 'tax'],
  interest_paid: MONEY,
  fee: MONEY,
  tax: MONEY,
  fee_refund: MONEY,
  tax_refund: MONEY,
  split: ['asset', 'ratio'],
  bonus: ['asset', 'ratio'],
  spin_off: ['asset', 'toAsset', 'toQuantity', 'costFraction'],
  swap: ['asset', 'quantity', 'toAsset', 'toQuantity', 'gross', 'fee', 'lots'],
  merger: ['asset', 'quantity', 'toAsset', 'toQuantity'],
  stake: ['asset', 'quantity', 'toAccount', 'fee'],
  unstake: ['asset', 'quantity', 'toAccount', 'fee'],
  lp_add: ['legs', 'asset', 'quantity', 'gross', 'fee'],
  lp_remove: ['asset', 'quantity', 'legs', 'gross', 'fee', 'lots'],
  reward: RECEIPT,
  airdrop: RECEIPT,
  opening_balance: ['subject', 'asset', 'quantity', 'unitPrice', 'gross', 'acquiredOn'],
  transfer: ['subject', 'asset', 'quantity', 'gross', 'toAccount', 'fee', 'lots'],
  transfer_in: ['subject', 'asset', 'quantity', 'unitPrice', 'gross', 'acquiredOn', 'fee'],
  transfer_out: ['subject', 'asset', 'quantity', 'gross', 'fee', 'lots'],
};

export function isStake(type: string): boolean {
  return type === 'stake' || type === 'unstake';
}

export function isPooling(type: string): boolean {
  return type === 'lp_add' || type === 'lp_remove';
}

/** What is exchanged has a price of the day: an amount is given only where another is agreed. */
export function hasOptionalAmount(type: string): boolean {
  return type === 'swap' || isPooling(type);
}

const ONLY_OF_ASSETS: readonly FieldName[] = ['asset', 'quantity', 'unitPrice', 'acquiredOn', 'lots'];

/** The fields that a form of this type shows, in no order. */
export function fieldsOf({ type, subject }: Pick<FormValues, 'type' | 'subject'>): ReadonlySet<FieldName> {
  const all = FIELDS[type];
  if (!all.includes('subject')) return new Set(all);
  const isMoney = subject === 'money';
  return new Set(all.filter((name) => (isMoney ? !ONLY_OF_ASSETS.includes(name) : name !== 'gross')));
}

const OUT: ReadonlySet<FormType> = new Set(['buy', 'cover', 'withdrawal', 'fee', 'tax', 'interest_paid']);
const IN: ReadonlySet<FormType> = new Set([
  'sell',
  'short_sell',
  'deposit',
  'dividend',
  'interest',
  'fee_refund',
  'tax_refund',
]);

export interface Preview {
  gross: Dec | undefined;
  costs: Dec | undefined;
  /** Signed: below zero leaves the account. undefined while it is not known or no money moves. */
  total: Dec | undefined;
  movesMoney: boolean;
}

/** What the server will book, worked out exactly before it is asked. */
export function previewOf(values: FormValues): Preview {
  const shows = fieldsOf(values);
  const given = (name: 'gross' | 'fee' | 'tax' | 'quantity' | 'unitPrice') =>
    shows.has(name) ? values[name] : undefined;
  const [quantity, unitPrice] = [given('quantity'), given('unitPrice')];
  const gross = given('gross') ?? (quantity && unitPrice ? multiply(quantity, unitPrice) : undefined);
  const parts = [given('fee'), given('tax')].filter(isDec);
  const costs = parts.length ? sum(parts) : undefined;
  const movesMoney = OUT.has(values.type) || IN.has(values.type);
  if (gross === undefined || !movesMoney) return { gross, costs, total: undefined, movesMoney };
  const spent = costs ?? ZERO;
  const total = IN.has(values.type) ? subtract(gross, spent) : subtract(negate(gross), spent);
  return { gross, costs, total, movesMoney };
}

/** Fields of a transaction that the form does not show, kept by a correction that changes neither type nor day. */
export type Kept = Partial<
  Pick<TransactionDraft, 'executed_at' | 'cash_account' | 'fee_currency' | 'fx_rate' | 'group'>
>;

/** Units that only change their number or name have no price. */
export function hasCurrency(type: string): boolean {
  return !['split', 'bonus', 'spin_off'].includes(type);
}

/** Units after for one before, of a split or of bonus shares; undefined while it is not known. */
export function ratioOf({
  type,
  ratioNew,
  ratioOld,
}: Pick<FormValues, 'type' | 'ratioNew' | 'ratioOld'>): SplitRatio | undefined {
  if (!ratioNew || !ratioOld) return;
  return splitRatio(type === 'bonus' ? add(ratioNew, ratioOld) : ratioNew, ratioOld);
}

type Sparse = { [K in keyof TransactionDraft]?: TransactionDraft[K] | '' | undefined };

/** The side of a transfer that arrives, of which the form shows the account alone. */
export interface Arriving {
  /** As it was recorded. */
  item: Transaction;
  /** The form before anything was changed in it. */
  start: FormValues;
}

/** The one or two transactions to record; `arriving` where a transfer is corrected. */
export function draftsOf(
  values: FormValues,
  kept: Kept,
  newGroup: () => string,
  arriving?: Arriving,
): TransactionDraft[] {
  if (values.type !== 'transfer') return [draftOf(values, values.type, kept)];
  const group = newGroup();
  const out = draftOf(values, 'transfer_out', kept);
  const into = arriving ? stillArriving(arriving, values) : arrivingOf(values, kept);
  return [
    { ...out, group },
    { ...into, group },
  ];
}

function arrivingOf(values: FormValues, kept: Kept): TransactionDraft {
  const {
    fee: _,
    fee_currency: __,
    lot_ids: ___,
    lot_quantities: ____,
    ...into
  } = draftOf({ ...values, account: values.toAccount }, 'transfer_in', kept);
  return into;
}

/** It keeps its own day, note and costs; what was changed in the form, and only that, changes here too. */
function stillArriving({ item, start }: Arriving, values: FormValues): TransactionDraft {
  const [before, after] = [arrivingOf(start, {}), arrivingOf(values, {})];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof TransactionDraft)[];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const { executed_at, ...own } = againOf(item);
  const time = executed_at && !changed.includes('day') ? { executed_at } : {};
  const given = Object.entries({
    ...own,
    ...time,
    ...Object.fromEntries(changed.map((name) => [name, after[name]])),
  }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as TransactionDraft;
}

function draftOf(values: FormValues, type: TransactionType, kept: Kept): TransactionDraft {
  const shows = fieldsOf(values);
  const when = <T>(name: FieldName, value: T) => (shows.has(name) ? value : undefined);
  const hasMoney = hasCurrency(type);
  const settles = shows.has('settle') && values.settleCurrency !== '' && values.settleAmount !== undefined;
  const sparse: Sparse = {
    ...(hasMoney ? kept : {}),
    type,
    day: values.day,
    account: values.account.trim(),
    asset_id: when('asset', values.asset?.id),
    quantity: when('quantity', values.quantity),
    unit_price: when('unitPrice', values.unitPrice),
    gross: when('gross', values.gross),
    currency: hasMoney ? values.currency : undefined,
    fee: when('fee', values.fee),
    tax: when('tax', values.tax),
    ratio: when('ratio', ratioOf(values)?.value),
    to_asset_id: when('toAsset', values.toAsset?.id),
    to_quantity: when('toQuantity', values.toQuantity),
    // Of a transfer the other account is that of its second transaction.
    to_account: isStake(type) ? values.toAccount.trim() : undefined,
    cost_fraction: when('costFraction', values.costFraction),
    acquired_on: when('acquiredOn', values.acquiredOn),
    lot_ids: when('lots', values.lots.length ? values.lots.map(({ id }) => id) : undefined),
    lot_quantities: when('lots', unitsOf(values.lots)),
    legs: when('legs', values.legs.map(legOf)),
    ...(settles
      ? { settle_currency: values.settleCurrency, settle_amount: values.settleAmount, fx_rate: undefined }
      : {}),
    note: values.note.trim(),
  };
  const tags = values.tags
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);
  const given = Object.entries({ ...sparse, ...(sparse.fee ? {} : { fee_currency: undefined }) }).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return { ...(Object.fromEntries(given) as unknown as TransactionDraft), ...(tags.length ? { tags } : {}) };
}

/** Whether somebody said how much of each lot; else each is taken whole, in their order. */
export function areUnitsSaid(lots: readonly ChosenLot[]): boolean {
  return lots.some((lot) => 'units' in lot);
}

function unitsOf(lots: readonly ChosenLot[]): Dec[] | undefined {
  return areUnitsSaid(lots) ? lots.map(({ units = ZERO }) => units) : undefined;
}

function legOf({ asset, quantity = ZERO }: Leg) {
  // Money in a pool has a name and no id.
  return { ...(asset?.id ? { asset_id: asset.id } : { symbol: asset?.symbol ?? '' }), quantity };
}

interface Start {
  day: string;
  account: string;
  currency: string;
}

export const NO_LEG: Leg = { asset: undefined, quantity: undefined };

export function emptyValues({ day, account, currency }: Start): FormValues {
  return {
    type: 'buy',
    day,
    subject: 'asset',
    asset: undefined,
    quantity: undefined,
    unitPrice: undefined,
    gross: undefined,
    currency,
    fee: undefined,
    tax: undefined,
    ratioNew: undefined,
    ratioOld: undefined,
    isRatioRounded: false,
    toAsset: undefined,
    toQuantity: undefined,
    account,
    toAccount: '',
    toPortfolio: '',
    costFraction: undefined,
    lots: [],
    legs: [NO_LEG, NO_LEG],
    acquiredOn: '',
    settleCurrency: '',
    settleAmount: undefined,
    note: '',
    tags: '',
  };
}

/** The form as it was filled in for a transaction that exists. */
export function valuesOf(item: Transaction, type: FormType): FormValues {
  const currency = item.currency ?? item.total_currency ?? '';
  const named = (id: string | null, symbol: string | null, name: string | null) =>
    id ? { id, symbol: symbol ?? '', name: name ?? '', currency } : undefined;
  return {
    ...emptyValues({ day: item.day, account: item.account, currency }),
    type,
    asset: named(item.asset_id, item.symbol, item.asset_name),
    quantity: item.quantity ?? undefined,
    unitPrice: item.unit_price ?? undefined,
    gross: grossAsGiven(item),
    fee: item.fee ?? undefined,
    tax: item.tax ?? undefined,
    ...ratioFields(item),
    subject: item.asset_id ? 'asset' : 'money',
    costFraction: item.cost_fraction ?? undefined,
    acquiredOn: item.acquired_on ?? '',
    lots: item.lot_ids.map((id, place) => ({
      id,
      ...(item.lot_quantities.length ? { units: item.lot_quantities[place] } : {}),
    })),
    ...(item.legs?.length
      ? {
          legs: item.legs.map(({ asset_id, symbol, quantity }) => ({
            asset: { id: asset_id ?? '', symbol, name: '', currency },
            quantity,
          })),
        }
      : {}),
    toAsset: named(item.to_asset_id, item.to_symbol, null),
    toQuantity: item.to_quantity ?? undefined,
    settleCurrency: item.settle_currency ?? '',
    settleAmount: item.settle_amount ?? undefined,
    note: item.note ?? '',
    tags: item.tags.join(', '),
  };
}

function ratioFields({ type, ratio }: Transaction) {
  if (ratio === null) return;
  const { after, before } = splitParts(ratio);
  return {
    ratioNew: type === 'bonus' ? subtract(after, before) : after,
    ratioOld: before,
    isRatioRounded: splitRatio(after, before)?.isExact === false,
  };
}

// A gross beside a price beats their product: it would stand still while the person corrects the price.
function grossAsGiven({ gross, quantity, unit_price }: Transaction): Dec | undefined {
  if (gross === null) return;
  const isProduct = quantity && unit_price && multiply(quantity, unit_price) === gross;
  return isProduct ? undefined : gross;
}

export function keptOf(item: Transaction): Kept {
  const { executed_at, cash_account, fee_currency, fx_rate, group } = item;
  const given = Object.entries({ executed_at, cash_account, fee_currency, fx_rate, group });
  return Object.fromEntries(given.filter(([, value]) => value !== null)) as Kept;
}

/** What stays true of a kept field after the form changed. */
export function stillKept(kept: Kept, before: FormValues, after: FormValues): Kept {
  const { executed_at, fx_rate, fee_currency, ...rest } = kept;
  return {
    ...rest,
    ...(executed_at && before.day === after.day ? { executed_at } : {}),
    ...(fx_rate && before.currency === after.currency ? { fx_rate } : {}),
    ...(fee_currency && before.type === after.type ? { fee_currency } : {}),
  };
}

/** Both sides of a transfer as one form. */
export function transferValuesOf(out: Transaction, into: Pick<Transaction, 'account'>): FormValues {
  return { ...valuesOf(out, 'transfer'), toAccount: into.account };
}

/** The transaction as it was asked for, to record it once more: what undoing a reversal is. */
export function againOf(item: Transaction): TransactionDraft {
  const fields = {
    day: item.day,
    executed_at: item.executed_at,
    account: item.account,
    cash_account: item.cash_account,
    asset_id: item.asset_id,
    quantity: item.quantity,
    unit_price: item.unit_price,
    gross: item.gross,
    currency: hasCurrency(item.type) ? item.currency : null,
    fee: item.fee,
    fee_currency: item.fee_currency,
    tax: item.tax,
    fx_rate: item.fx_rate,
    settle_currency: item.settle_currency,
    settle_amount: item.settle_amount,
    ratio: item.ratio,
    to_asset_id: item.to_asset_id,
    to_quantity: item.to_quantity,
    to_account: item.to_account ?? null,
    legs: item.legs?.length
      ? item.legs.map(({ asset_id, symbol, quantity }) => ({
          ...(asset_id ? { asset_id } : { symbol }),
          quantity,
        }))
      : null,
    cost_fraction: item.cost_fraction,
    acquired_on: item.acquired_on,
    lot_ids: item.lot_ids.length ? item.lot_ids : null,
    lot_quantities: item.lot_quantities.length ? item.lot_quantities : null,
    group: item.group,
    note: item.note,
    tags: item.tags.length ? item.tags : null,
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  return { ...given, type: item.type as TransactionType };
}
