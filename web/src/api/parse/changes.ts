import * as z from 'zod/mini';
import { DayText, Decimal, Id, listOf } from './scalars';
import { Transaction } from './transactions';

const Unsure = z.nullable(Decimal);

export const BulkChanged = z.object({ changed: z.number(), ids: z.array(Id), new_ids: z.array(Id) });
export const Replaced = z.object({ reversal_ids: z.array(Id), ids: z.array(Id) });
export const Transferred = z.object({ ids: z.array(Id) });

const missing = {
  asset_id: z.nullable(Id),
  symbol: z.string(),
  day: DayText,
  quantity: Decimal,
  account: z.string(),
  transaction_id: Id,
};

/** What a change would do to lots and cash. */
export const Effect = z.object({
  base_currency: z.string(),
  lots: z.array(
    z.object({
      id: z.string(),
      asset_id: z.nullable(Id),
      symbol: z.string(),
      account: z.string(),
      acquired_on: DayText,
      quantity_before: Unsure,
      quantity_after: Unsure,
      cost_before: Unsure,
      cost_after: Unsure,
      unit_cost_before: Unsure,
      unit_cost_after: Unsure,
    }),
  ),
  cash: z.array(z.object({ account: z.string(), currency: z.string(), before: Decimal, after: Decimal })),
  missing_acquisitions: z.array(z.object(missing)),
  warnings: z.array(
    z.object({
      code: z.string(),
      message: z.string(),
      asset_id: z.nullable(Id),
      transaction_id: z.nullable(Id),
      day: z.nullable(DayText),
    }),
  ),
});

export const Tags = listOf(z.object({ name: z.string(), transactions_count: z.number() }));

export const Suggestions = listOf(
  z.object({
    out: Transaction,
    into: Transaction,
    /** Units lost on the way, which become a fee. */
    difference: Decimal,
    seconds_apart: z.nullable(z.number()),
    has_same_hash: z.boolean(),
  }),
);

export const MissingAcquisitions = listOf(
  z.object({
    ...missing,
    currency: z.nullable(z.string()),
    repairs: z.array(
      z.object({
        way: z.enum(['opening_balance', 'buy', 'transfer', 'reward']),
        day: z.nullable(DayText),
        quantity: Decimal,
        account: z.string(),
        from_account: z.nullable(z.string()),
        unit_price: Unsure,
        price_on: z.nullable(DayText),
      }),
    ),
  }),
);

export type Effect = z.infer<typeof Effect>;
export type Suggestion = z.infer<typeof Suggestions>['items'][number];
export type MissingAcquisition = z.infer<typeof MissingAcquisitions>['items'][number];
export type Repair = MissingAcquisition['repairs'][number];
