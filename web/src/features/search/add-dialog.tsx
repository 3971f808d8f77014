import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { usePortfolio } from '@/api/contexts';
import type { Hit } from '@/api/parse/assets';
import type { AssetClass } from '@/api/parse/market';
import { useAddFound } from '@/api/queries/assets';
import { currenciesQuery } from '@/api/queries/market';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { ClassField, CurrencyField } from '@/ui/asset-fields';
import { Button, buttonClass } from '@/ui/button';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { TextField } from '@/ui/field';
import { providerLabel } from '@/ui/providers';
import { t } from './messages';

interface AddDialogProps {
  /** What was found; undefined to add something nobody lists. */
  hit: Hit | undefined;
  text: string;
  onClose: () => void;
}

export default function AddDialog({ hit, text, onClose }: AddDialogProps) {
  const provider = hit?.identifiers[0]?.scheme;
  return (
    <Dialog
      open
      title={hit ? t('addTitle', { symbol: hit.symbol }) : t('addTitlePlain')}
      description={provider ? t('addNoteAsked', { provider: providerLabel(provider) }) : t('addNote')}
      onClose={onClose}
    >
      <AddForm hit={hit} text={text} onClose={onClose} />
    </Dialog>
  );
}

function AddForm({ hit, text, onClose }: AddDialogProps) {
  const { portfolioId } = usePortfolio();
  const portfolios = useQuery(portfoliosQuery).data?.items;
  const base = portfolios?.find(({ id }) => id === portfolioId)?.base_currency ?? 'EUR';
  const currencies = useQuery(currenciesQuery).data?.items;
  const [draft, setDraft] = useState({
    symbol: hit?.symbol ?? (text.length <= 12 ? text.toUpperCase() : ''),
    name: hit?.name ?? text,
    asset_class: (hit?.asset_class ?? 'equity') as AssetClass,
    currency: hit?.currency ?? base,
  });
  const add = useAddFound();
  const navigate = useNavigate();
  const set = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const isBad = (name: 'symbol' | 'name') => draft[name].trim() === '';
  const existing = add.error?.members.asset_id;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isBad('symbol') || isBad('name') || add.isPending) return;
    const { isin, mic, identifiers } = hit ?? { isin: null, mic: '', identifiers: [] };
    add.mutate(
      { ...draft, identifiers, mic, ...(isin ? { isin } : {}) },
      {
        onSuccess: ({ id, job_id }) =>
          void navigate({
            to: '/assets/$id',
            params: { id },
            search: (job_id ? { job: job_id } : {}) as never,
          }),
      },
    );
  };
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextField
          label={t('symbol')}
          autoComplete="off"
          value={draft.symbol}
          error={isBad('symbol') ? t('required') : faultOf(add.error, 'symbol')}
          onChange={(event) => set({ symbol: event.target.value })}
        />
        <TextField
          label={t('name')}
          autoComplete="off"
          value={draft.name}
          error={isBad('name') ? t('required') : faultOf(add.error, 'name')}
          onChange={(event) => set({ name: event.target.value })}
        />
        <ClassField
          has={draft.asset_class}
          value={draft.asset_class}
          onChange={(event) => set({ asset_class: event.target.value as AssetClass })}
        />
        <CurrencyField
          known={currencies}
          first={[draft.currency, base]}
          hint={t('currencyHint')}
          value={draft.currency}
          error={faultOf(add.error, 'currency')}
          onChange={(event) => set({ currency: event.target.value })}
        />
      </div>
      {typeof existing === 'string' ? (
        <div role="alert" className="flex flex-wrap items-center gap-2 text-sm">
          {t('exists')}
          <Link to="/assets/$id" params={{ id: existing }} className={buttonClass('secondary')}>
            {t('openIt')}
          </Link>
        </div>
      ) : (
        <FormError error={add.error} />
      )}
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={add.isPending}>
          {t('add')}
        </Button>
      </DialogFooter>
    </form>
  );
}
