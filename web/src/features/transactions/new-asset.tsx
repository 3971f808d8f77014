import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Asset, AssetClass } from '@/api/parse/market';
import { currenciesQuery, useCreateAsset } from '@/api/queries/market';
import { ClassField, CurrencyField } from '@/ui/asset-fields';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { TextField } from '@/ui/field';
import { t } from './messages';

interface NewAssetProps {
  symbol: string;
  currency: string;
  onCreated: (asset: Asset) => void;
  onCancel: () => void;
}

/** Inside the form of a transaction: no form of its own, because forms do not nest. */
export function NewAsset({ symbol: start, currency, onCreated, onCancel }: NewAssetProps) {
  const create = useCreateAsset();
  const currencies = useQuery(currenciesQuery).data?.items;
  const [draft, setDraft] = useState({
    symbol: start.length <= 12 ? start.toUpperCase() : '',
    name: start,
    asset_class: 'equity' as AssetClass,
    currency,
  });
  const isComplete = draft.symbol.trim() !== '' && draft.name.trim() !== '';
  const change = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  return (
    <fieldset className="mt-2 flex flex-col gap-3 rounded-card border border-line bg-bg p-3">
      <legend className="sr-only">{t('newAsset')}</legend>
      <div>
        <p className="font-semibold text-sm" aria-hidden="true">
          {t('newAsset')}
        </p>
        <p className="text-muted text-xs">{t('newAssetNote')}</p>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label={t('newSymbol')}
          autoComplete="off"
          value={draft.symbol}
          error={faultOf(create.error, 'symbol')}
          onChange={(event) => change({ symbol: event.target.value })}
        />
        <TextField
          label={t('name')}
          autoComplete="off"
          value={draft.name}
          error={faultOf(create.error, 'name')}
          onChange={(event) => change({ name: event.target.value })}
        />
        <ClassField
          value={draft.asset_class}
          onChange={(event) => change({ asset_class: event.target.value as AssetClass })}
        />
        <CurrencyField
          known={currencies}
          first={[draft.currency, currency]}
          value={draft.currency}
          error={faultOf(create.error, 'currency')}
          onChange={(event) => change({ currency: event.target.value })}
        />
      </div>
      <FormError error={create.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>{t('cancel')}</Button>
        <Button
          kind="primary"
          busy={create.isPending}
          disabled={!isComplete}
          onClick={() => create.mutate(draft, { onSuccess: onCreated })}
        >
          {t('createIt')}
        </Button>
      </div>
    </fieldset>
  );
}
