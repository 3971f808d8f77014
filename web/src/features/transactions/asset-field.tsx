import { useState } from 'react';
import type { Asset } from '@/api/parse/market';
import { useAssetSearch } from '@/api/queries/asset-search';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { assetOption } from '@/ui/asset-classes';
import { Combobox } from '@/ui/combobox';
import type { ChosenAsset } from './draft';
import { t } from './messages';
import { NewAsset } from './new-asset';

const CREATE = 'create';

interface AssetFieldProps {
  label: string;
  value: ChosenAsset | undefined;
  onValue: (asset: ChosenAsset | undefined) => void;
  error?: string | undefined;
  className?: string;
  placeholder?: string;
  /** Currency of an asset to create; left out where none can be created. */
  newCurrency?: string;
}

/** Finds an asset by symbol, name or ISIN, and offers to create what is not found. */
export function AssetField({
  label,
  value,
  onValue,
  error,
  className,
  placeholder,
  newCurrency,
}: AssetFieldProps) {
  const [typed, setTyped] = useState<string>();
  const [creating, setCreating] = useState<string>();
  const text = typed ?? (value ? symbolOf(value) : '');
  const { items, isSearching } = useAssetSearch(typed);
  const choose = (asset: Asset | undefined) => {
    setTyped(undefined);
    setCreating(undefined);
    onValue(asset);
  };
  const options = items.map(assetOption);
  const beside = value && nameBeside(value);
  const canCreate = newCurrency !== undefined && !isSearching;
  const offer = { id: CREATE, label: t('createAsset', { text: text.trim() }), note: t('createAssetNote') };
  return (
    <div className={className}>
      <Combobox
        label={label}
        error={error}
        text={text}
        placeholder={placeholder ?? t('assetPlaceholder')}
        isSearching={isSearching}
        options={canCreate ? [...options, offer] : options}
        onText={(next) => {
          setTyped(next);
          if (value) onValue(undefined);
        }}
        onChoose={(option) => {
          if (option.id === CREATE) setCreating(text.trim());
          else choose(items.find(({ id }) => id === option.id));
        }}
        {...(beside && typed === undefined ? { hint: beside } : {})}
      />
      {creating !== undefined && (
        <NewAsset
          symbol={creating}
          currency={newCurrency ?? ''}
          onCreated={choose}
          onCancel={() => setCreating(undefined)}
        />
      )}
    </div>
  );
}
