import { useState } from 'react';
import type { Asset } from '@/api/parse/market';
import { useAssetSearch } from '@/api/queries/asset-search';
import { assetOption } from '@/ui/asset-classes';
import { Combobox } from '@/ui/combobox';

interface AssetSearchProps {
  label: string;
  hint?: string;
  placeholder: string;
  onChoose: (asset: Asset) => void;
}

/** Any asset by symbol or name; the field is empty again once one is chosen. */
export function AssetSearch({ label, hint, placeholder, onChoose }: AssetSearchProps) {
  const [text, setText] = useState('');
  const { items, isSearching } = useAssetSearch(text);
  return (
    <Combobox
      label={label}
      hint={hint}
      placeholder={placeholder}
      text={text}
      onText={setText}
      isSearching={isSearching}
      options={items.map(assetOption)}
      onChoose={({ id }) => {
        setText('');
        const asset = items.find((one) => one.id === id);
        if (asset) onChoose(asset);
      }}
    />
  );
}
