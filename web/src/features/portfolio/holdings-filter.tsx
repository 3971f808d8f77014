import type { Holding } from '@/api/parse/portfolios';
import { assetClassLabel } from '@/ui/asset-classes';
import { inputClass } from '@/ui/field';
import { Select } from '@/ui/select';
import { t } from './messages';
import type { Change, Search } from './search';

type Filter = Pick<Search, 'find' | 'class' | 'currency'>;

export const NO_FILTER = { find: undefined, class: undefined, currency: undefined };

export function isFiltered({ find, class: kind, currency }: Filter): boolean {
  return [find, kind, currency].some((one) => one !== undefined);
}

/** Symbol or name holds the text, and class and currency are the chosen ones. */
export function filterHoldings(items: readonly Holding[], filter: Filter): Holding[] {
  const find = filter.find?.toLocaleLowerCase() ?? '';
  return items.filter(
    ({ symbol, name, asset_class, currency }) =>
      [symbol, name].some((text) => text.toLocaleLowerCase().includes(find)) &&
      (filter.class ?? asset_class) === asset_class &&
      (filter.currency ?? currency) === currency,
  );
}

interface FilterBarProps {
  items: readonly Holding[];
  search: Filter;
  onChange: (change: Change) => void;
}

/** Offers only what is held. */
export function HoldingsFilter({ items, search, onChange }: FilterBarProps) {
  const classes = [...new Set(items.map(({ asset_class }) => asset_class))];
  const currencies = [...new Set(items.map(({ currency }) => currency))].sort();
  return (
    <div role="search" className="flex flex-wrap items-center gap-2 px-4 pb-3">
      <input
        type="search"
        aria-label={t('findHolding')}
        placeholder={t('findHolding')}
        autoComplete="off"
        className={`${inputClass} sm:max-w-64`}
        value={search.find ?? ''}
        onChange={(event) => onChange({ find: event.target.value || undefined })}
      />
      <div className="grow basis-32 sm:max-w-44">
        <Select
          aria-label={t('by_asset_class')}
          value={search.class ?? ''}
          choices={[
            { value: '', label: t('allClasses') },
            ...classes.map((value) => ({ value, label: assetClassLabel(value) })),
          ]}
          onChange={(event) => onChange({ class: event.target.value || undefined })}
        />
      </div>
      <div className="grow basis-32 sm:max-w-44">
        <Select
          aria-label={t('by_currency')}
          value={search.currency ?? ''}
          choices={[
            { value: '', label: t('allCurrencies') },
            ...currencies.map((value) => ({ value, label: value })),
          ]}
          onChange={(event) => onChange({ currency: event.target.value || undefined })}
        />
      </div>
    </div>
  );
}
