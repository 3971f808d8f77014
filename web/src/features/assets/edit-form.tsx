import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AssetDetail } from '@/api/parse/assets';
import type { AssetClass } from '@/api/parse/market';
import { type AssetChange, useChangeAsset } from '@/api/queries/assets';
import { currenciesQuery } from '@/api/queries/market';
import { ClassField, CurrencyField } from '@/ui/asset-fields';
import { Button } from '@/ui/button';
import { DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { TextField } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

/** Only what was changed is sent. */
export function EditForm({ asset, onClose }: { asset: AssetDetail; onClose: () => void }) {
  const before = {
    symbol: asset.symbol,
    name: asset.name,
    asset_class: asset.asset_class,
    currency: asset.currency,
    isin: asset.isin ?? '',
    mic: asset.mic,
  };
  const [draft, setDraft] = useState(before);
  const save = useChangeAsset(asset.id);
  const currencies = useQuery(currenciesQuery).data?.items;
  const { toast } = useUi();
  const set = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const names = Object.keys(before) as (keyof typeof before)[];
  const change = Object.fromEntries(
    names.filter((name) => draft[name] !== before[name]).map((name) => [name, draft[name]]),
  ) as AssetChange;
  const isBad = (name: 'symbol' | 'name') => draft[name].trim() === '';
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isBad('symbol') || isBad('name') || save.isPending) return;
    if (Object.keys(change).length === 0) return onClose();
    save.mutate(change, {
      onSuccess: ({ symbol }) => {
        toast({ text: t('saved', { symbol }) });
        onClose();
      },
    });
  };
  const text = (name: 'symbol' | 'name' | 'isin' | 'mic', label: string, more: { hint?: string } = {}) => (
    <TextField
      label={label}
      {...more}
      isOptional={name === 'isin' || name === 'mic'}
      autoComplete="off"
      value={draft[name]}
      error={
        (name === 'symbol' || name === 'name') && isBad(name) ? t('required') : faultOf(save.error, name)
      }
      onChange={(event) => set({ [name]: event.target.value })}
    />
  );
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <div className="grid items-start gap-4 sm:grid-cols-2">
        {text('symbol', t('symbol'))}
        {text('name', t('nameLabel'))}
        <ClassField
          has={asset.asset_class}
          value={draft.asset_class}
          onChange={(event) => set({ asset_class: event.target.value as AssetClass })}
        />
        <CurrencyField
          known={currencies}
          first={[draft.currency]}
          hint={t('currencyHint')}
          value={draft.currency}
          error={faultOf(save.error, 'currency')}
          onChange={(event) => set({ currency: event.target.value })}
        />
        {text('isin', t('isin'))}
        {text('mic', t('market'), { hint: t('micHint') })}
      </div>
      <FormError error={save.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={save.isPending}>
          {t('save')}
        </Button>
      </DialogFooter>
    </form>
  );
}
