import * as z from 'zod/mini';
import type { Day } from '@/lib/dates';
import { isDay } from '@/lib/dates';
import { type Dec, isDec } from '@/lib/decimal';

export const Decimal = z.custom<Dec>(isDec, 'a plain decimal');
export const DayText = z.custom<Day>(isDay, 'a day');
export const Instant = z.string();
export const Id = z.string();
/** A ratio as a fraction; null where it is not known. */
export const Ratio = z.nullable(z.number());

export function listOf<T extends z.core.$ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.nullable(z.string()) });
}

/** What a provider refused or failed at, in words. */
export const Failure = z.object({ provider: z.string(), problem: z.string(), detail: z.string() });

/** What a list endpoint answers. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
