import { dayReturnOf } from '@/api/parse/day-change';
import type { Holdings } from '@/api/parse/portfolios';
import { symbolOf } from '@/lib/asset-name';
import { toPosition } from './scale';
import type { Tile, TileGroup } from './treemap';

type AssetClass = Holdings['items'][number]['asset_class'];

/** Holdings and cash as tiles, grouped by class. Cash has no move of its own. */
export function holdingTiles(
  { items, cash, totals, as_of }: Pick<Holdings, 'items' | 'cash' | 'totals' | 'as_of'>,
  className: (name: AssetClass) => string,
): TileGroup[] {
  const groups = new Map<AssetClass, Tile[]>();
  const put = (name: AssetClass, tile: Tile) => groups.set(name, [...(groups.get(name) ?? []), tile]);
  for (const item of items) {
    const { asset_id, asset_class, weight } = item;
    const change = dayReturnOf(item, as_of);
    if (weight !== null) put(asset_class, { id: asset_id, label: symbolOf(item), weight, change });
  }
  const whole = totals.market_value === null ? 0 : toPosition(totals.market_value);
  const byCurrency = new Map<string, number>();
  for (const { currency, value } of cash) {
    if (value !== null) byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + toPosition(value));
  }
  if (whole > 0) {
    for (const [currency, value] of byCurrency) {
      put('cash', { id: currency, label: currency, weight: value / whole, change: null });
    }
  }
  return [...groups].map(([name, tiles]) => ({ id: name, label: className(name), tiles }));
}
