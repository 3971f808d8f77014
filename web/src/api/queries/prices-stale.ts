import { PORTFOLIOS } from './portfolios';

export const ASSETS = ['assets'] as const;
export const HEALTH = ['data-health'] as const;

/** What becomes old wherever a price changes, or an asset becomes another: all that shows prices or is computed of them. */
export const PRICES_STALE = [ASSETS, PORTFOLIOS, ['watchlists'], HEALTH] as const;
