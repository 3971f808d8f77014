import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AssetDetail, JsonReading, JsonSource } from '@/api/parse/assets';
import {
  type JsonSourceDraft,
  jsonSourceQuery,
  useDeleteJsonSource,
  usePutJsonSource,
  useTryJsonSource,
} from '@/api/queries/assets';
import { formatAgo, formatDay } from '@/lib/dates';
import { Button } from '@/ui/button';
import { DialogFooter } from '@/ui/dialog';
import { ErrorState, FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { PasswordField, TextField } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { SelectField } from '@/ui/select';
import { SkeletonRows } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

interface JsonSourceProps {
  asset: AssetDetail;
  onJob: (jobId: string | null) => void;
  onClose: () => void;
}

/** Where the price is read from JSON: tried before it is kept. */
export function JsonSourceForm(props: JsonSourceProps) {
  const { data, error, refetch } = useQuery(jsonSourceQuery(props.asset.id));
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />;
  if (!data) return <SkeletonRows rows={5} height={56} />;
  return <Loaded {...props} before={data.source} />;
}

const KEYS = ['none', 'header', 'query'] as const;

function Loaded({ asset, before, onJob, onClose }: JsonSourceProps & { before: JsonSource | null }) {
  const [draft, setDraft] = useState({
    url: before?.url ?? '',
    price_path: before?.price_path ?? '$.',
    as_of_path: before?.as_of_path ?? '',
    currency_path: before?.currency_path ?? '',
    is_first: before?.is_first ?? true,
    sent_as: before?.key?.sent_as ?? ('none' as (typeof KEYS)[number]),
    name: before?.key?.name ?? '',
    value: '',
  });
  const attempt = useTryJsonSource(asset.id);
  const put = usePutJsonSource(asset.id);
  const remove = useDeleteJsonSource(asset.id);
  const { toast } = useUi();
  const isBusy = attempt.isPending || put.isPending || remove.isPending;
  // The last thing that was asked for is what the form speaks of.
  const error = put.error ?? remove.error ?? attempt.error;
  const set = (part: Partial<typeof draft>) => {
    setDraft({ ...draft, ...part });
    attempt.reset();
    put.reset();
  };
  const body = (): JsonSourceDraft => ({
    url: draft.url.trim(),
    price_path: draft.price_path.trim(),
    as_of_path: draft.as_of_path.trim() || null,
    currency_path: draft.currency_path.trim() || null,
    is_first: draft.is_first,
    key:
      draft.sent_as === 'none'
        ? null
        : { sent_as: draft.sent_as, name: draft.name.trim(), value: draft.value || null },
  });
  const isWhole =
    draft.url.trim() !== '' &&
    draft.price_path.trim() !== '' &&
    (draft.sent_as === 'none' || draft.name.trim() !== '');
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || !isWhole) return;
    put.mutate(body(), {
      onSuccess: ({ job_id }) => {
        toast({ text: t('jsonSaved') });
        onJob(job_id);
        onClose();
      },
    });
  };
  const text = (name: 'url' | 'price_path' | 'as_of_path' | 'currency_path', label: string, hint: string) => (
    <TextField
      label={label}
      hint={hint}
      isOptional={name === 'as_of_path' || name === 'currency_path'}
      autoComplete="off"
      spellCheck={false}
      value={draft[name]}
      error={faultOf(error, name)}
      onChange={(event) => set({ [name]: event.target.value })}
    />
  );
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      {before && <Standing source={before} />}
      {text('url', t('jsonUrl'), t('jsonUrlHint'))}
      {text('price_path', t('pricePath'), t('pricePathHint'))}
      {text('as_of_path', t('asOfPath'), t('asOfPathHint'))}
      {text('currency_path', t('currencyPath'), t('currencyPathHint', { currency: asset.currency }))}
      <SelectField
        label={t('keySentAs')}
        value={draft.sent_as}
        choices={[
          { value: 'none', label: t('keyNone') },
          { value: 'header', label: t('keyHeader') },
          { value: 'query', label: t('keyQuery') },
        ]}
        onChange={(event) => set({ sent_as: KEYS.find((one) => one === event.target.value) ?? 'none' })}
      />
      {draft.sent_as !== 'none' && (
        <>
          <TextField
            label={t('keyName')}
            autoComplete="off"
            spellCheck={false}
            value={draft.name}
            error={faultOf(error, 'key/name')}
            onChange={(event) => set({ name: event.target.value })}
          />
          <PasswordField
            label={t('keyValue')}
            hint={t(before?.key ? 'keyKept' : 'keyNew')}
            autoComplete="off"
            value={draft.value}
            error={faultOf(error, 'key/value')}
            onChange={(event) => set({ value: event.target.value })}
          />
        </>
      )}
      <SelectField
        label={t('askedWhen')}
        value={draft.is_first ? 'first' : 'last'}
        choices={[
          { value: 'first', label: t('askedFirst') },
          { value: 'last', label: t('askedLast') },
        ]}
        onChange={(event) => set({ is_first: event.target.value === 'first' })}
      />
      <div role="status">{attempt.data && <Reading asset={asset} reading={attempt.data} />}</div>
      <FormError error={error} />
      <DialogFooter>
        {before && (
          <Button
            kind="ghost"
            busy={remove.isPending}
            disabled={isBusy && !remove.isPending}
            onClick={() =>
              remove.mutate(undefined, {
                onSuccess: () => {
                  toast({ text: t('jsonRemoved') });
                  onClose();
                },
              })
            }
          >
            {t('jsonRemove')}
          </Button>
        )}
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button
          busy={attempt.isPending}
          disabled={(isBusy && !attempt.isPending) || !isWhole}
          onClick={() => {
            put.reset();
            attempt.mutate(body());
          }}
        >
          {t('try')}
        </Button>
        <Button
          type="submit"
          kind="primary"
          busy={put.isPending}
          disabled={(isBusy && !put.isPending) || !isWhole}
        >
          {t('save')}
        </Button>
      </DialogFooter>
    </form>
  );
}

/** What came of asking it last. */
function Standing({ source: { asked_at, problem, detail } }: { source: JsonSource }) {
  if (!asked_at) return <p className="text-muted text-sm">{t('neverRead')}</p>;
  const ago = formatAgo(asked_at);
  if (!problem) return <p className="text-muted text-sm">{t('lastRead', { ago })}</p>;
  return (
    <p className="flex items-start gap-1.5 text-sm">
      <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />
      {t('lastFailed', { ago, detail: detail ?? problem })}
    </p>
  );
}

/** The price is a text of the address, which may be no number: shown as it came. */
function Reading({ asset, reading }: { asset: AssetDetail; reading: JsonReading }) {
  const { price, currency, as_of: at, days, newest, decision, detail } = reading;
  return (
    <section className="rounded-control border border-line p-3 text-sm">
      <h3 className="font-medium">{t('tried')}</h3>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        <dt className="text-muted">{t('readPrice')}</dt>
        <dd className="break-all">
          {price} {currency ?? asset.currency}
        </dd>
        <dt className="text-muted">{t('readAt')}</dt>
        <dd title={at ?? undefined}>
          {at ? `${formatDay(at.slice(0, 10))} (${formatAgo(at)})` : t('readNoTime')}
        </dd>
        <dt className="text-muted">{t('readHistory')}</dt>
        <dd>{days === 0 ? t('readNone') : t('readDays', { count: days })}</dd>
      </dl>
      {newest.length > 1 && (
        <ul className="mt-1 text-muted">
          {newest.map(({ day, price: close }) => (
            <li key={day}>
              {formatDay(day)}: {close}
            </li>
          ))}
        </ul>
      )}
      <p className="mt-2 flex items-start gap-1.5">
        {decision !== 'keep' && <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />}
        {decision === 'keep' ? t('keep') : t(decision, { detail })}
      </p>
    </section>
  );
}
