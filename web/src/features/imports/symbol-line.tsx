import { useState } from 'react';
import type { Candidate, UnknownSymbol } from '@/api/parse/imports';
import { useAssetSearch } from '@/api/queries/asset-search';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { assetFacts, assetOption } from '@/ui/asset-classes';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { t } from './messages';
import { NewAssetDialog } from './new-asset-dialog';
import type { Answer } from './questions';

interface SymbolLineProps {
  item: UnknownSymbol;
  isBlocked: boolean;
  onAnswer: Answer;
}

/** One symbol of the file: the assets it may mean, a search, or a new asset. */
export function SymbolLine({ item, isBlocked, onAnswer }: SymbolLineProps) {
  const [isCreating, setCreating] = useState(false);
  const { symbol, candidates } = item;
  const choose = (asset_id: string) => onAnswer({ resolutions: { [symbol]: { asset_id } } });
  return (
    <li className="border-line border-t py-3 first:border-0">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 gap-y-1.5 lg:grid-cols-[minmax(0,1fr)_minmax(16rem,20rem)_auto]">
        <About item={item} />
        <SearchField symbol={symbol} disabled={isBlocked} onChoose={choose} />
        <Button
          className="justify-self-start"
          icon="plus"
          disabled={isBlocked}
          aria-label={t('createFor', { symbol })}
          onClick={() => setCreating(true)}
        >
          {t('create')}
        </Button>
      </div>
      {candidates.length > 0 && (
        <Candidates symbol={symbol} candidates={candidates} isBlocked={isBlocked} onChoose={choose} />
      )}
      {isCreating && (
        <NewAssetDialog
          item={item}
          onClose={() => setCreating(false)}
          onCreate={(create) => {
            setCreating(false);
            onAnswer({ resolutions: { [symbol]: { create } } });
          }}
        />
      )}
    </li>
  );
}

function About({ item }: { item: UnknownSymbol }) {
  const facts = [
    nameBeside(item),
    symbolOf(item) !== item.symbol && item.symbol,
    item.isin !== item.symbol && item.isin,
    item.currency,
  ];
  return (
    <div className="min-w-0 max-lg:col-span-2">
      <p className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 wrap-anywhere font-semibold">{symbolOf(item)}</span>
        <Badge>{t('symbolRows', { count: item.rows })}</Badge>
      </p>
      <p className="break-words text-muted text-xs">{facts.filter(Boolean).join(' · ')}</p>
    </div>
  );
}

interface SearchFieldProps {
  symbol: string;
  disabled: boolean;
  onChoose: (assetId: string) => void;
}

function SearchField({ symbol, disabled, onChoose }: SearchFieldProps) {
  const [text, setText] = useState('');
  const { items, isSearching } = useAssetSearch(text);
  return (
    <Combobox
      label={t('searchFor', { symbol })}
      className="[&_label]:sr-only"
      placeholder={t('search')}
      text={text}
      onText={setText}
      disabled={disabled}
      isSearching={isSearching}
      options={items.map(assetOption)}
      onChoose={({ id, label }) => {
        setText(label);
        onChoose(id);
      }}
    />
  );
}

interface CandidatesProps {
  symbol: string;
  candidates: readonly Candidate[];
  isBlocked: boolean;
  onChoose: (assetId: string) => void;
}

function Candidates({ symbol, candidates, isBlocked, onChoose }: CandidatesProps) {
  return (
    <div className="mt-2">
      <p className="mb-1 text-muted text-xs">{t('candidates', { count: candidates.length })}</p>
      <ul className="flex flex-col gap-1">
        {candidates.map((asset) => (
          <li
            key={asset.id}
            className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 rounded-control bg-wash px-3 py-1.5 text-sm"
          >
            <span className="min-w-0">
              <span className="font-medium">{symbolOf(asset)}</span> {nameBeside(asset)}{' '}
              <span className="text-muted text-xs">{assetFacts(asset)}</span>
            </span>
            <Button
              disabled={isBlocked}
              aria-label={t('chooseNow', { symbol, asset: `${asset.symbol} ${asset.name}` })}
              onClick={() => onChoose(asset.id)}
            >
              {t('isThis')}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
