import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { LABELS, type Label } from '@/api/parse/news';
import { useAssetSearch } from '@/api/queries/asset-search';
import { assetQuery } from '@/api/queries/market';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { parseText } from '@/ui/search-state';
import { Segmented } from '@/ui/segmented';
import { Select } from '@/ui/select';
import { t } from './messages';

type Scope = 'held' | 'all';

function isLabel(value: unknown): value is Label {
  return LABELS.some((label) => label === value);
}

export const SEARCH = {
  scope: (value: unknown): Scope => (value === 'all' ? 'all' : 'held'),
  portfolio: parseText,
  asset: parseText,
  source: parseText,
  sentiment: (value: unknown): Label | undefined => (isLabel(value) ? value : undefined),
};

export interface Search {
  scope: Scope;
  portfolio: string | undefined;
  asset: string | undefined;
  source: string | undefined;
  sentiment: Label | undefined;
}

export const CLEARED = { portfolio: undefined, asset: undefined, source: undefined, sentiment: undefined };

export function isFiltered({ portfolio, asset, source, sentiment }: Search): boolean {
  return [portfolio, asset, source, sentiment].some((one) => one !== undefined);
}

interface FiltersProps {
  search: Search;
  onChange: (change: Partial<Search>) => void;
}

export function Filters({ search, onChange }: FiltersProps) {
  const portfolios = useQuery(portfoliosQuery).data?.items ?? [];
  return (
    <div role="search" aria-label={t('filters')} className="flex flex-wrap items-center gap-2 p-3">
      <Segmented
        label={t('scope')}
        value={search.scope}
        choices={[
          { value: 'held', label: t('scopeHeld') },
          { value: 'all', label: t('scopeAll') },
        ]}
        onChange={(scope) => onChange({ scope, portfolio: undefined })}
      />
      {search.scope === 'held' && portfolios.length > 1 && (
        <Select
          aria-label={t('portfolio')}
          className="w-auto! max-w-48"
          value={search.portfolio ?? ''}
          choices={[
            { value: '', label: t('anyPortfolio') },
            ...portfolios.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={({ target }) => onChange({ portfolio: target.value || undefined })}
        />
      )}
      <Select
        aria-label={t('sentiment')}
        className="w-auto!"
        value={search.sentiment ?? ''}
        choices={[
          { value: '', label: t('anySentiment') },
          ...LABELS.map((value) => ({ value, label: t(value) })),
        ]}
        onChange={({ target }) => onChange({ sentiment: isLabel(target.value) ? target.value : undefined })}
      />
      {search.asset === undefined && <AssetFilter onAsset={(asset) => onChange({ asset })} />}
      {search.asset !== undefined && (
        <AssetChip id={search.asset} onClear={() => onChange({ asset: undefined })} />
      )}
      {search.source !== undefined && (
        <Chip text={search.source} onClear={() => onChange({ source: undefined })} />
      )}
    </div>
  );
}

function AssetFilter({ onAsset }: { onAsset: (id: string) => void }) {
  const [text, setText] = useState('');
  const { items, isSearching } = useAssetSearch(text || undefined);
  return (
    <div className="w-44 [&_label]:sr-only">
      <Combobox
        label={t('asset')}
        placeholder={t('assetPlaceholder')}
        text={text}
        onText={setText}
        isSearching={isSearching}
        options={items.map((asset) => ({
          id: asset.id,
          label: symbolOf(asset),
          note: nameBeside(asset) ?? '',
        }))}
        onChoose={({ id }) => {
          setText('');
          onAsset(id);
        }}
      />
    </div>
  );
}

function AssetChip({ id, onClear }: { id: string; onClear: () => void }) {
  const { data } = useQuery(assetQuery(id));
  return <Chip text={data ? symbolOf(data) : '…'} onClear={onClear} />;
}

function Chip({ text, onClear }: { text: string; onClear: () => void }) {
  const label = t('noLongerOnly', { what: text });
  return (
    <Button icon="close" aria-label={label} title={label} className="max-w-56" onClick={onClear}>
      <span className="truncate" dir="auto">
        {text}
      </span>
    </Button>
  );
}
