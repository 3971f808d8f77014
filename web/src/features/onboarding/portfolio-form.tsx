import { useQuery } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import type { Portfolio } from '@/api/parse/portfolios';
import { currenciesQuery } from '@/api/queries/market';
import { type NewPortfolio, useCreatePortfolio } from '@/api/queries/portfolios';
import { Button } from '@/ui/button';
import { ErrorState, FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { TextField } from '@/ui/field';
import { SelectField } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { guessCurrency, orderCurrencies } from './currencies';
import { t } from './messages';

interface PortfolioFormProps {
  onCreated: (portfolio: Portfolio) => void;
}

export function PortfolioForm({ onCreated }: PortfolioFormProps) {
  const { data, error, refetch } = useQuery(currenciesQuery);
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} minHeight={220} />;
  if (!data) return <Skeleton height={220} />;
  return <Form currencies={data.items} onCreated={onCreated} />;
}

type Currency = { code: string; name: string };

function Form({ currencies, onCreated }: PortfolioFormProps & { currencies: readonly Currency[] }) {
  const create = useCreatePortfolio();
  const ordered = orderCurrencies(currencies);
  const { register, handleSubmit, formState } = useForm<Required<NewPortfolio>>({
    defaultValues: {
      name: t('nameDefault'),
      base_currency: guessCurrency(
        navigator.languages,
        ordered.map(({ code }) => code),
      ),
      lot_method: 'fifo',
      cash: 'tracked',
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
    },
  });
  const send = handleSubmit((values) => create.mutate(values, { onSuccess: onCreated }));
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('name')}
          autoComplete="off"
          error={formState.errors.name?.message ?? faultOf(create.error, 'name')}
          {...register('name', { required: t('needed') })}
        />
        <SelectField
          label={t('currency')}
          hint={t('currencyHint')}
          error={faultOf(create.error, 'base_currency')}
          choices={ordered.map(({ code, name }) => ({ value: code, label: `${code} – ${name}` }))}
          {...register('base_currency')}
        />
      </div>
      <details>
        <summary className="w-fit rounded-sm py-1 text-muted text-sm">{t('more')}</summary>
        <div className="mt-2 grid gap-4 sm:grid-cols-2">
          <SelectField
            label={t('cash')}
            choices={[
              { value: 'tracked', label: t('cashTracked') },
              { value: 'implied', label: t('cashImplied') },
            ]}
            {...register('cash')}
          />
          <SelectField
            label={t('lots')}
            choices={(['fifo', 'lifo', 'hifo', 'average'] as const).map((value) => ({
              value,
              label: t(value),
            }))}
            {...register('lot_method')}
          />
        </div>
      </details>
      <FormError error={create.error} />
      <Button type="submit" kind="primary" busy={create.isPending}>
        {t('createPortfolio')}
      </Button>
    </form>
  );
}
