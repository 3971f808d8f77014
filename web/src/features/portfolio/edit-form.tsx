import { useForm } from 'react-hook-form';
import { LOT_METHODS, LOT_SCOPES, OVERSELLS, type Portfolio } from '@/api/parse/portfolios';
import { useChangePortfolio } from '@/api/queries/portfolios';
import { Button } from '@/ui/button';
import { DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { Checkbox, TextField } from '@/ui/field';
import { SelectField } from '@/ui/select';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

type Values = Pick<Portfolio, 'name' | 'lot_method' | 'lot_scope' | 'oversell' | 'fees_in_cost'>;

export function EditForm({ portfolio, onClose }: { portfolio: Portfolio; onClose: () => void }) {
  const change = useChangePortfolio();
  const { toast } = useUi();
  const { name, lot_method, lot_scope, oversell, fees_in_cost } = portfolio;
  const { register, handleSubmit, formState } = useForm<Values>({
    defaultValues: { name, lot_method, lot_scope, oversell, fees_in_cost },
  });
  const send = handleSubmit((values) =>
    change.mutate(
      // No ETag: the value in it changes with every price, and these fields are few enough to see them all.
      { id: portfolio.id, etag: undefined, change: { ...values, name: values.name.trim() } },
      {
        onSuccess: () => {
          toast({ text: t('saved') });
          onClose();
        },
      },
    ),
  );
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <TextField
        label={t('name')}
        autoComplete="off"
        maxLength={200}
        error={formState.errors.name?.message ?? faultOf(change.error, 'name')}
        {...register('name', { validate: (text) => text.trim() !== '' || t('needed') })}
      />
      <SelectField
        label={t('lotMethod')}
        hint={t('lotMethodHint')}
        error={faultOf(change.error, 'lot_method')}
        choices={LOT_METHODS.map((value) => ({ value, label: t(value) }))}
        {...register('lot_method')}
      />
      <SelectField
        label={t('lotScope')}
        hint={t('lotScopeHint')}
        error={faultOf(change.error, 'lot_scope')}
        choices={LOT_SCOPES.map((value) => ({ value, label: t(`lotScope_${value}`) }))}
        {...register('lot_scope')}
      />
      <SelectField
        label={t('oversell')}
        hint={t('oversellHint')}
        error={faultOf(change.error, 'oversell')}
        choices={OVERSELLS.map((value) => ({ value, label: t(`oversell_${value}`) }))}
        {...register('oversell')}
      />
      <Checkbox label={t('feesInCost')} hint={t('feesInCostHint')} {...register('fees_in_cost')} />
      <FormError error={change.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={change.isPending}>
          {t('save')}
        </Button>
      </DialogFooter>
    </form>
  );
}
