import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type Control, type UseFormReturn, useForm, useWatch } from 'react-hook-form';
import { newIntent } from '@/api/intent';
import type { TransactionDraft } from '@/api/parse/transactions';
import { isApiError } from '@/api/problem';
import { currenciesQuery } from '@/api/queries/market';
import { accountsQuery, holdingsQuery, portfoliosQuery } from '@/api/queries/portfolios';
import { formatDay, today } from '@/lib/dates';
import { ZERO } from '@/lib/decimal';
import { price } from '@/lib/format';
import { Quantity } from '@/ui/amount';
import { Button } from '@/ui/button';
import { currencyChoices } from '@/ui/currency-choices';
import { DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { TextField } from '@/ui/field';
import { Segmented } from '@/ui/segmented';
import { SelectField } from '@/ui/select';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { CostFractionHelper } from './cost-fraction';
import {
  type Arriving,
  draftsOf,
  type FormValues,
  fieldsOf,
  hasCurrency,
  hasOptionalAmount,
  isPooling,
  type Kept,
  stillKept,
} from './draft';
import { EffectPreview } from './effect-preview';
import { ChosenField, DecField } from './form-fields';
import { FormPreview } from './form-preview';
import { LotsPicker } from './lots-picker';
import { t } from './messages';
import { placeOf } from './place';
import { PoolLegs } from './pool-legs';
import { RatioFields } from './ratio-fields';
import { isShortage, Shortage } from './shortage';
import { FORM_TYPES, typeLabel } from './types';
import { FormSchema, resolve } from './validate';

export interface FormProps {
  portfolioId: string;
  baseCurrency: string;
  start: FormValues;
  kept: Kept;
  /** Lots are chosen by hand: sales say which. */
  hasChosenLots: boolean;
  /** They may lie in any account. */
  areLotsShared: boolean;
  /** The other side of a transfer that is corrected. */
  arriving?: Arriving['item'] | undefined;
  /** What a correction reverses. */
  correctedIds: readonly string[];
  /** A correction keeps its type: another type is another transaction. */
  isCorrection: boolean;
  error: Error | null;
  busy: boolean;
  onSend: (drafts: TransactionDraft[], values: FormValues, options: SendOptions) => void;
  onCancel: () => void;
}

export interface SendOptions {
  acceptMissing: boolean;
  andMore: boolean;
}

const FOCUS_MS = 60;
const QUANTITY_TAKERS = new Set([
  'sell',
  'swap',
  'merger',
  'stake',
  'unstake',
  'lp_remove',
  'transfer',
  'transfer_out',
  'cover',
]);

export function TransactionForm(props: FormProps) {
  const { portfolioId, start, kept, isCorrection, arriving, error, onSend, onCancel } = props;
  // An asset that is being created belongs to what is recorded here.
  const { isPending } = useUi();
  const busy = props.busy || isPending;
  const form = useForm<FormValues>({ defaultValues: start, resolver: resolve });
  const { control, handleSubmit } = form;
  const values = useWatch({ control }) as FormValues;
  const block = useWriteBlock();
  const own = useRef<HTMLFormElement>(null);
  // The dialog gives the focus to its first button once it stands; the form wants it in its first field, unless
  // somebody quick is in another already.
  useEffect(() => {
    const timer = setTimeout(() => {
      if (own.current?.contains(document.activeElement)) return;
      own.current?.querySelector<HTMLElement>(`[name=${isCorrection ? 'day' : 'type'}]`)?.focus();
    }, FOCUS_MS);
    return () => clearTimeout(timer);
  }, [isCorrection]);
  const draft = (sent: FormValues, newGroup: () => string) =>
    draftsOf(sent, stillKept(kept, start, sent), newGroup, arriving && { item: arriving, start });
  const wantsMore = useRef(false);
  const send = (acceptMissing: boolean, andMore: boolean) => {
    wantsMore.current = andMore;
    return handleSubmit((sent) => onSend(draft(sent, newIntent), sent, { acceptMissing, andMore }));
  };
  return (
    <form
      ref={own}
      onSubmit={(event) => void send(false, false)(event)}
      noValidate
      className="flex flex-col gap-4"
    >
      <Basics {...props} form={form} values={values} />
      <Figures {...props} form={form} values={values} />
      <Extras control={control} form={form} values={values} error={error} portfolioId={portfolioId} />
      <FormPreview values={values} />
      <EffectPreview
        key={values.type}
        portfolioId={portfolioId}
        ids={props.correctedIds}
        drafts={previewDrafts(values, draft)}
        isOpen={ABOUT_LOTS.has(values.type)}
      />
      {isShortage(error) ? (
        <Shortage
          error={error}
          account={values.account}
          action={t('bookAnyway')}
          busy={busy}
          onAccept={() => void send(true, wantsMore.current)()}
        />
      ) : (
        <>
          <FormError error={error} />
          <OtherFaults error={error} />
        </>
      )}
      {block && <p className="text-muted text-sm">{block}</p>}
      <DialogFooter>
        <Button onClick={onCancel}>{t('cancel')}</Button>
        {!isCorrection && (
          <Button busy={busy} disabled={block !== undefined} onClick={() => void send(false, true)()}>
            {t('saveMore')}
          </Button>
        )}
        <Button type="submit" kind="primary" busy={busy} disabled={block !== undefined}>
          {t(isCorrection ? 'saveCorrection' : 'save')}
        </Button>
      </DialogFooter>
    </form>
  );
}

const ABOUT_LOTS = new Set(['split', 'bonus', 'spin_off', 'swap', 'lp_add', 'lp_remove']);

/** The form as it would be sent, if it could be; a transfer elsewhere by its side that leaves. */
function previewDrafts(
  values: FormValues,
  draft: (sent: FormValues, newGroup: () => string) => TransactionDraft[],
): TransactionDraft[] | undefined {
  if (!FormSchema.safeParse(values).success) return;
  const drafts = draft(values, () => 'preview');
  return values.toPortfolio ? drafts.slice(0, 1) : drafts;
}

type Part = FormProps & { form: UseFormReturn<FormValues>; values: FormValues };

function Basics({ portfolioId, baseCurrency, isCorrection, form, values, error }: Part) {
  const currencies = useQuery(currenciesQuery).data?.items ?? [];
  const { register, setValue, formState } = form;
  const shows = fieldsOf(values);
  const isAhead = values.day > today();
  return (
    <>
      <div className="grid grid-cols-2 gap-x-3 gap-y-4">
        <SelectField
          label={t('type')}
          disabled={isCorrection}
          choices={FORM_TYPES.map((value) => ({ value, label: typeLabel(value) }))}
          {...register('type')}
        />
        <TextField
          type="date"
          label={t('day')}
          hint={isAhead ? t('futureDay') : undefined}
          error={formState.errors.day?.message ?? faultOf(error, 'day', 'date')}
          {...register('day')}
        />
        <AccountField
          portfolioId={portfolioId}
          label={t(shows.has('toAccount') ? 'fromAccount' : 'account')}
          error={formState.errors.account?.message ?? faultOf(error, 'account')}
          {...register('account', { onChange: () => setValue('lots', []) })}
        />
        {shows.has('toAccount') && (
          <AccountField
            portfolioId={portfolioId}
            label={t('toAccount')}
            error={formState.errors.toAccount?.message ?? faultOf(error, 'to_account')}
            {...register('toAccount')}
          />
        )}
        {values.type === 'transfer' && !isCorrection && (
          <PortfolioField portfolioId={portfolioId} {...register('toPortfolio')} />
        )}
        {hasCurrency(values.type) && (
          <SelectField
            label={t('currency')}
            error={faultOf(error, 'currency')}
            choices={currencyChoices(currencies, [values.currency, baseCurrency])}
            {...register('currency')}
          />
        )}
      </div>
      {shows.has('subject') && (
        <Segmented
          label={t('subject')}
          className="self-start"
          choices={[
            { value: 'asset', label: t('subjectAsset') },
            { value: 'money', label: t('subjectMoney') },
          ]}
          value={values.subject}
          onChange={(subject) => setValue('subject', subject)}
        />
      )}
    </>
  );
}

/** Another portfolio to transfer to; nothing where there is only one. */
function PortfolioField({ portfolioId, ...field }: { portfolioId: string } & React.ComponentProps<'select'>) {
  const others = (useQuery(portfoliosQuery).data?.items ?? []).filter(({ id }) => id !== portfolioId);
  if (others.length === 0) return null;
  return (
    <SelectField
      label={t('toPortfolio')}
      choices={[
        { value: '', label: t('thisPortfolio') },
        ...others.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      {...field}
    />
  );
}

function AccountField({
  portfolioId,
  ...field
}: { portfolioId: string } & React.ComponentProps<typeof TextField>) {
  const accounts = useQuery(accountsQuery(portfolioId)).data?.items ?? [];
  return (
    <>
      <TextField {...field} list={`${field.name}-accounts`} autoComplete="off" hint={t('accountHint')} />
      <datalist id={`${field.name}-accounts`}>
        {accounts.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function Figures(props: Part) {
  const { portfolioId, baseCurrency, hasChosenLots, areLotsShared, correctedIds, form, values, error } =
    props;
  const { control, register, setValue } = form;
  const shows = fieldsOf(values);
  const { asset, currency } = values;
  const isTrade = shows.has('unitPrice') && shows.has('gross');
  const fault = (...names: string[]) => faultOf(error, ...names);
  return (
    <div className="grid grid-cols-2 gap-x-3 gap-y-4">
      {shows.has('asset') && (
        <ChosenField
          control={control}
          name="asset"
          label={t(isPooling(values.type) ? 'poolToken' : 'asset')}
          newCurrency={baseCurrency}
          fault={fault('asset', 'asset_id', 'symbol')}
          onChosen={(chosen) => {
            // Lots of another asset are no lots to take from.
            setValue('lots', []);
            if (chosen) setValue('currency', chosen.currency);
          }}
        />
      )}
      {shows.has('quantity') && (
        <DecField
          control={control}
          name="quantity"
          label={t('quantity')}
          fault={isShortage(error) ? undefined : fault('quantity')}
          hint={
            QUANTITY_TAKERS.has(values.type) &&
            asset && <HeldHint portfolioId={portfolioId} assetId={asset.id} />
          }
        />
      )}
      {shows.has('unitPrice') && (
        <DecField
          control={control}
          name="unitPrice"
          label={t(shows.has('acquiredOn') ? 'costPrice' : 'unitPrice')}
          unit={currency}
          isOptional={values.type === 'transfer_in'}
          fault={fault('unit_price')}
          hint={
            !shows.has('acquiredOn') &&
            asset?.latest_price &&
            values.unitPrice === undefined && (
              <button
                type="button"
                className="min-h-6 text-accent underline"
                onClick={() => setValue('unitPrice', asset.latest_price?.price, { shouldValidate: false })}
              >
                {t('usePrice', {
                  price: price(asset.latest_price.price, asset.latest_price.currency),
                  day: formatDay(asset.latest_price.as_of),
                })}
              </button>
            )
          }
        />
      )}
      {values.type === 'sell' && !values.unitPrice && !values.gross && (
        <Button
          kind="ghost"
          icon="trash"
          className="col-span-2 w-fit text-muted"
          onClick={() => setValue('unitPrice', ZERO, { shouldValidate: true })}
        >
          {t('writeOff')}
        </Button>
      )}
      {shows.has('legs') && (
        <PoolLegs
          label={t(values.type === 'lp_add' ? 'legsIn' : 'legsOut')}
          newCurrency={baseCurrency}
          legs={values.legs}
          isChecked={form.formState.isSubmitted}
          fault={fault}
          onLegs={(legs) => setValue('legs', legs, { shouldValidate: form.formState.isSubmitted })}
        />
      )}
      {shows.has('toAsset') && (
        <ChosenField
          control={control}
          name="toAsset"
          label={t('toAsset')}
          newCurrency={baseCurrency}
          fault={fault('to_asset', 'to_asset_id', 'to_symbol')}
        />
      )}
      {shows.has('toQuantity') && (
        <DecField control={control} name="toQuantity" label={t('toQuantity')} fault={fault('to_quantity')} />
      )}
      {shows.has('costFraction') && (
        <>
          <DecField
            control={control}
            name="costFraction"
            label={t('costFraction')}
            hint={t('costFractionHint')}
            fault={fault('cost_fraction')}
          />
          <Fraction portfolioId={portfolioId} form={form} values={values} />
        </>
      )}
      {shows.has('lots') && hasChosenLots && asset && (
        <LotsPicker
          portfolioId={portfolioId}
          assetId={asset.id}
          account={areLotsShared ? undefined : values.account}
          correctedIds={correctedIds}
          baseCurrency={baseCurrency}
          quantity={values.quantity}
          chosen={values.lots}
          fault={fault}
          onChosen={(lots) => setValue('lots', lots)}
        />
      )}
      {shows.has('ratio') && <RatioFields control={control} values={values} fault={fault('ratio')} />}
      {shows.has('gross') && !isTrade && (
        <DecField
          control={control}
          name="gross"
          label={t('gross')}
          unit={currency}
          isOptional={hasOptionalAmount(values.type)}
          fault={fault('gross')}
        />
      )}
      {shows.has('fee') && (
        <DecField
          control={control}
          name="fee"
          label={t('fee')}
          unit={currency}
          isOptional
          fault={fault('fee')}
        />
      )}
      {shows.has('tax') && (
        <DecField
          control={control}
          name="tax"
          label={t('tax')}
          unit={currency}
          isOptional
          fault={fault('tax')}
        />
      )}
      {shows.has('acquiredOn') && (
        <TextField
          type="date"
          label={t('acquiredOn')}
          hint={t('acquiredHint')}
          isOptional
          error={form.formState.errors.acquiredOn?.message ?? fault('acquired_on')}
          {...register('acquiredOn')}
        />
      )}
    </div>
  );
}

function Fraction({ portfolioId, form, values }: Pick<Part, 'portfolioId' | 'form' | 'values'>) {
  const holdings = useQuery(holdingsQuery(portfolioId)).data?.items ?? [];
  const held = holdings.find((item) => item.asset_id === values.asset?.id)?.quantity;
  return (
    <CostFractionHelper
      key={values.asset?.id}
      received={values.toQuantity}
      held={held}
      currency={values.asset?.currency ?? values.currency}
      onFraction={(fraction) => form.setValue('costFraction', fraction, { shouldValidate: true })}
    />
  );
}

interface ExtrasProps {
  portfolioId: string;
  control: Control<FormValues>;
  form: UseFormReturn<FormValues>;
  values: FormValues;
  error: Error | null;
}

function Extras({ control, form, values, error }: ExtrasProps) {
  const { register } = form;
  const shows = fieldsOf(values);
  const currencies = useQuery(currenciesQuery).data?.items ?? [];
  const isTrade = shows.has('unitPrice') && shows.has('gross');
  const others = currencyChoices(currencies, [values.settleCurrency]).filter(
    ({ value }) => value !== values.currency,
  );
  return (
    <>
      <TextField
        label={t('note')}
        isOptional
        autoComplete="off"
        error={faultOf(error, 'note')}
        {...register('note')}
      />
      <details>
        <summary className="w-fit rounded-sm py-1 text-muted text-sm">{t('moreFields')}</summary>
        <div className="mt-2 grid grid-cols-2 gap-x-3 gap-y-4">
          {isTrade && (
            <DecField
              control={control}
              name="gross"
              label={t('grossTrade')}
              hint={t('grossTradeHint')}
              unit={values.currency}
              isOptional
              fault={faultOf(error, 'gross')}
            />
          )}
          {shows.has('settle') && (
            <>
              <SelectField
                label={t('settleCurrency')}
                error={faultOf(error, 'settle_currency')}
                choices={[{ value: '', label: t('settleSame') }, ...others]}
                {...register('settleCurrency')}
              />
              {values.settleCurrency !== '' && (
                <DecField
                  control={control}
                  name="settleAmount"
                  label={t('settleAmount')}
                  hint={t('settleHint')}
                  unit={values.settleCurrency}
                  fault={faultOf(error, 'settle_amount')}
                />
              )}
            </>
          )}
          <TextField
            label={t('tags')}
            hint={t('tagsHint')}
            isOptional
            autoComplete="off"
            error={faultOf(error, 'tags')}
            {...register('tags')}
          />
        </div>
      </details>
    </>
  );
}

function HeldHint({ portfolioId, assetId }: { portfolioId: string; assetId: string }) {
  const holding = useQuery(holdingsQuery(portfolioId)).data?.items.find((item) => item.asset_id === assetId);
  if (!holding) return null;
  return (
    <>
      {t('held')} <Quantity value={holding.quantity} />
    </>
  );
}

/** The first complaint about one of these fields. */
function faultOf(error: Error | null, ...names: string[]): string | undefined {
  if (!isApiError(error)) return;
  return error.faults.find(({ pointer }) => names.includes(placeOf(pointer)))?.detail;
}

const SHOWN_BY_FIELDS = new Set([
  ...['day', 'date', 'account', 'currency', 'asset', 'asset_id', 'symbol', 'quantity', 'unit_price', 'gross'],
  ...[
    'fee',
    'tax',
    'ratio',
    'to_asset',
    'to_asset_id',
    'to_symbol',
    'to_quantity',
    'to_account',
    'acquired_on',
    'note',
  ],
  ...['cost_fraction'],
  ...['settle_currency', 'settle_amount', 'tags'],
]);

/** What the server refused at places that no field of the form shows. */
function OtherFaults({ error }: { error: Error | null }) {
  if (!isApiError(error)) return null;
  const others = error.faults.filter(({ pointer }) => {
    const place = placeOf(pointer);
    return !SHOWN_BY_FIELDS.has(place) && !/^legs\/\d/.test(place);
  });
  if (others.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 text-danger text-sm">
      {others.map(({ pointer, detail }) => (
        <li key={pointer}>
          {placeOf(pointer)}: {detail}
        </li>
      ))}
    </ul>
  );
}
