import { useState } from 'react';
import type { Goal } from '@/api/parse/advice';
import { useChangeGoal, useCreateGoal } from '@/api/queries/advice';
import { addDays, isDay, today } from '@/lib/dates';
import { type Dec, dec, ZERO } from '@/lib/decimal';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { FieldError, TextField } from '@/ui/field';
import { MoneyInput } from '@/ui/money-input';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './advice-messages';
import { perCent, share } from './rates';

const LEAST_DAYS = 31;

interface GoalFormProps {
  portfolioId: string;
  currency: string;
  /** The one that is changed; without, a new one is made. */
  goal: Goal | undefined;
  onKept: (id: string) => void;
  /** Where there is something to go back to. */
  onCancel: (() => void) | undefined;
}

/** An amount, a day, and what is paid in and lost on the way. */
export function GoalForm({ portfolioId, currency, goal, onKept, onCancel }: GoalFormProps) {
  const create = useCreateGoal();
  const change = useChangeGoal();
  const write = goal ? change : create;
  const block = useWriteBlock();
  const { toast } = useUi();
  const [name, setName] = useState(goal?.name ?? '');
  const [on, setOn] = useState<string>(goal?.target_on ?? '');
  const [amount, setAmount] = useState<Dec | undefined>(goal?.target_amount);
  const [monthly, setMonthly] = useState<Dec | undefined>(goal?.monthly_contribution ?? ZERO);
  const [fees, setFees] = useState<Dec | undefined>(goal ? perCent(goal.fee_rate) : ZERO);
  const [inflation, setInflation] = useState<Dec | undefined>(goal ? perCent(goal.inflation_rate) : dec('2'));
  const [wasSent, setSent] = useState(false);
  const isMissing = !name.trim() || !amount || !isDay(on);
  const send = () => {
    setSent(true);
    if (!name.trim() || !amount || !isDay(on)) return;
    const terms = {
      portfolio_id: portfolioId,
      name: name.trim(),
      target_amount: amount,
      target_on: on,
      monthly_contribution: monthly ?? ZERO,
      fee_rate: share(fees),
      inflation_rate: share(inflation),
    };
    const onSuccess = ({ id }: Goal) => {
      toast({ text: t('goalKept') });
      onKept(id);
    };
    if (goal) change.mutate({ ...terms, id: goal.id }, { onSuccess });
    else create.mutate(terms, { onSuccess });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label={t('name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={write.error?.faultOf('name')}
        />
        <MoneyInput
          label={t('amount')}
          unit={currency}
          value={amount}
          onValue={setAmount}
          error={write.error?.faultOf('target_amount')}
        />
        <TextField
          type="date"
          label={t('on')}
          min={addDays(today(), LEAST_DAYS)}
          value={on}
          onChange={(event) => setOn(event.target.value)}
          error={write.error?.faultOf('target_on')}
        />
        <MoneyInput
          label={t('monthly')}
          hint={t('monthlyHint')}
          unit={currency}
          value={monthly}
          onValue={setMonthly}
          error={write.error?.faultOf('monthly_contribution')}
        />
        <MoneyInput
          label={t('fees')}
          unit="%"
          value={fees}
          onValue={setFees}
          error={write.error?.faultOf('fee_rate')}
        />
        <MoneyInput
          label={t('inflation')}
          unit="%"
          value={inflation}
          onValue={setInflation}
          error={write.error?.faultOf('inflation_rate')}
        />
      </div>
      <FormError error={write.error} />
      <FieldError text={wasSent && isMissing ? t('goalFields') : undefined} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          kind="primary"
          busy={write.isPending}
          disabled={block !== undefined}
          title={block}
        >
          {t('createGoal')}
        </Button>
        {onCancel && <Button onClick={onCancel}>{t('cancel')}</Button>}
      </div>
    </form>
  );
}
