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
  mostTurnover: Dec | undefined;
  trackingError: Dec | undefined;
  /** What it may move apart from; none is what there is now. */
  trackedId: string | undefined;
  /** May be bought though they are not held. */
  assets: readonly Named[];
  bounds: readonly Bound[];
}

/** Of an asset, or where `isClass` of all assets of a class; an asset may be kept from trade. */
export interface Bound extends Named {
  isClass: boolean;
  least: Dec | undefined;
  most: Dec | undefined;
  noBuy: boolean;
  noSell: boolean;
}

export const NO_WISH: Wish = {
  limits: {},
  leastReturn: undefined,
  mostTurnover: undefined,
  trackingError: undefined,
  trackedId: undefined,
  assets: [],
  bounds: [],
};

export const LIMIT_NAMES = ['drawdown', 'crypto', 'one_asset', 'cash_months'] as const;

/** How many things were asked for. */
export function countOf({ limits, assets, bounds, ...wish }: Wish): number {
  const single = [wish.leastReturn, wish.mostTurnover, wish.trackingError];
  const own = [...LIMIT_NAMES.map((name) => limits[name]), ...single].filter((one) => one !== undefined);
  return own.length + assets.length + bounds.length;
}

export function askedOf(goalId: string, { limits, assets, bounds, ...wish }: Wish): AdviceAsked {
  const { leastReturn, mostTurnover, trackingError, trackedId } = wish;
  return {
    goal_id: goalId,
    asset_ids: assets.map(({ id }) => id),
    bounds: bounds
      .filter(({ isClass }) => !isClass)
      .map(({ id, noBuy, noSell, ...bound }) => ({
        asset_id: id,
        ...edges(bound),
        may_buy: !noBuy,
        may_sell: !noSell,
      })),
    classes: bounds
      .filter(({ isClass }) => isClass)
      .map(({ id, ...bound }) => ({ asset_class: id, ...edges(bound) })),
    limits: Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const own = limits[name];
        if (own === undefined) return [];
        return [[name, name === 'cash_months' ? toPosition(own) : share(own)]];
      }),
    ),
    ...(leastReturn === undefined ? {} : { minimum_return: share(leastReturn) }),
    ...(mostTurnover === undefined ? {} : { maximum_turnover: share(mostTurnover) }),
    ...(trackingError === undefined
      ? {}
      : { tracking_error: { maximum: share(trackingError), asset_id: trackedId ?? null } }),
  };
}

function edges({ least, most }: { least: Dec | undefined; most: Dec | undefined }) {
  return { least: share(least), most: most === undefined ? 1 : share(most) };
}
