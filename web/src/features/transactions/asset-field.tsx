import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Asset } from '@/api/parse/market';
import { assetsQuery } from '@/api/queries/market';
import { Combobox } from '@/ui/combobox';
import type { ChosenAsset } from './draft';
import { t } from './messages';
import { NewAsset } from './new-asset';

const TYPING_MS = 200;
const CREATE = 'create';

/** The text once it has rested for a moment, so that not every letter is a request. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

interface AssetFieldProps {
  label: string;
  value: ChosenAsset | undefined;
  onValue: (asset: ChosenAsset | undefined) => void;
  error?: string | undefined;
  className?: string;
  /** Currency of an asset to create; left out where none can be created. */
  newCurrency?: string;
}

/** Finds an asset by symbol, name or ISIN, and offers to create what is not found. */
export function AssetField({ label, value, onValue, error, className, newCurrency }: AssetFieldProps) {
  const [typed, setTyped] = useState<string>();
  const [creating, setCreating] = useState<string>();
  const text = typed ?? value?.symbol ?? '';
  const rested = useRested(text.trim());
  const found = useQuery({ ...assetsQuery(rested, 12), enabled: typed !== undefined && rested !== '' });
  const items = found.data?.items ?? [];
  const choose = (asset: Asset | undefined) => {
    setTyped(undefined);
    setCreating(undefined);
    onValue(asset);
  };
  const options = items.map((asset) => ({
    id: asset.id,
    label: asset.name === asset.symbol ? asset.symbol : `${asset.symbol} · ${asset.name}`,
    note: `${t(asset.asset_class)} · ${asset.currency}`,
  }));
  const canCreate = newCurrency !== undefined && !found.isFetching && rested === text.trim();
  const offer = { id: CREATE, label: t('createAsset', { text: text.trim() }), note: t('createAssetNote') };
  return (
    <div className={className}>
      <Combobox
        label={label}
        error={error}
        text={text}
        placeholder={t('assetPlaceholder')}
        isSearching={found.isFetching || rested !== text.trim()}
        options={canCreate ? [...options, offer] : options}
        onText={(next) => {
          setTyped(next);
          if (value) onValue(undefined);
        }}
        onChoose={(option) => {
          if (option.id === CREATE) setCreating(text.trim());
          else choose(items.find(({ id }) => id === option.id));
        }}
        {...(value && typed === undefined && value.name && value.name !== value.symbol
          ? { hint: value.name }
          : {})}
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
