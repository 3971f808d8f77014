// What advice is asked for beside the answers: limits of one's own, other assets, bounds of single ones.

import type { AdviceAsked, LimitName } from '@/api/queries/advice';
import { toPosition } from '@/charts/scale';
import type { Dec } from '@/lib/decimal';
import { share } from './rates';

export interface Named {
  id: string;
  label: string;
}

/** As it stands in the fields: per cent, and months of spending; empty is the profile's. */
export interface Wish {
  limits: Readonly<Partial<Record<LimitName, Dec | undefined>>>;
  leastReturn: Dec | undefined;
  /** May be bought though they are not held. */
  assets: readonly Named[];
  bounds: readonly (Named & { least: Dec | undefined; most: Dec | undefined })[];
}

export const NO_WISH: Wish = { limits: {}, leastReturn: undefined, assets: [], bounds: [] };

export const LIMIT_NAMES = ['drawdown', 'crypto', 'one_asset', 'cash_months'] as const;

/** How many things were asked for. */
export function countOf({ limits, leastReturn, assets, bounds }: Wish): number {
  const own = LIMIT_NAMES.filter((name) => limits[name] !== undefined).length;
  return own + assets.length + bounds.length + (leastReturn === undefined ? 0 : 1);
}

export function askedOf(goalId: string, { limits, leastReturn, assets, bounds }: Wish): AdviceAsked {
  return {
    goal_id: goalId,
    asset_ids: assets.map(({ id }) => id),
    bounds: bounds.map(({ id, least, most }) => ({
      asset_id: id,
      least: share(least),
      most: most === undefined ? 1 : share(most),
    })),
    limits: Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const own = limits[name];
        if (own === undefined) return [];
        return [[name, name === 'cash_months' ? toPosition(own) : share(own)]];
      }),
    ),
    ...(leastReturn === undefined ? {} : { minimum_return: share(leastReturn) }),
  };
}
