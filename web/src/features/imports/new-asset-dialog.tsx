import { useQuery } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import type { Resolution, UnknownSymbol } from '@/api/parse/imports';
import { currenciesQuery } from '@/api/queries/market';
import { CREATABLE_CLASSES } from '@/ui/asset-classes';
import { ClassField, CurrencyField } from '@/ui/asset-fields';
import { Button } from '@/ui/button';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { t } from './messages';

type Create = Extract<Resolution, { create: unknown }>['create'];

interface NewAssetDialogProps {
  item: UnknownSymbol;
  onCreate: (create: Create) => void;
  onClose: () => void;
}

export function NewAssetDialog({ item, onCreate, onClose }: NewAssetDialogProps) {
  const currencies = useQuery(currenciesQuery).data?.items;
  const guess = CREATABLE_CLASSES.find((name) => name === item.asset_class) ?? 'equity';
  const { register, handleSubmit, formState } = useForm<Create & { symbol: string }>({
    defaultValues: {
      symbol: item.symbol,
      name: item.name ?? item.symbol,
      asset_class: guess,
      currency: item.currency ?? 'EUR',
    },
  });
  const send = handleSubmit((values) => onCreate({ ...values, ...(item.isin ? { isin: item.isin } : {}) }));
  return (
    <Dialog open onClose={onClose} title={t('createTitle', { symbol: item.symbol })}>
      <form onSubmit={send} noValidate className="flex flex-col gap-4">
        <TextField
          label={t('symbol')}
          autoComplete="off"
          error={formState.errors.symbol && t('needed')}
          {...register('symbol', { required: true })}
        />
        <TextField
          label={t('name')}
          autoComplete="off"
          error={formState.errors.name && t('needed')}
          {...register('name', { required: true })}
        />
        <div className="grid grid-cols-2 gap-4">
          <ClassField {...register('asset_class')} />
          <CurrencyField known={currencies} first={[item.currency ?? '']} {...register('currency')} />
        </div>
        <DialogFooter>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary">
            {t('createIt')}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}
