import { useState } from 'react';
import type { Goal } from '@/api/parse/advice';
import { useCreateGoal } from '@/api/queries/advice';
import { toPosition } from '@/charts/scale';
import { addDays, isDay, today } from '@/lib/dates';
import { type Dec, dec, ZERO } from '@/lib/decimal';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormError } from '@/ui/error-state';
import { FieldError, TextField } from '@/ui/field';
import { MoneyInput } from '@/ui/money-input';
import { SelectField } from '@/ui/select';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './advice-messages';

const NEW = 'new';

interface GoalStepProps {
  portfolioId: string;
  currency: string;
  goals: readonly Goal[];
  chosen: Goal | undefined;
  onChoose: (id: string) => void;
  onDone: () => void;
}

/** One of the goals that are kept, or a new one. */
export function GoalStep({ portfolioId, currency, goals, chosen, onChoose, onDone }: GoalStepProps) {
  const [isNew, setNew] = useState(goals.length === 0);
  return (
    <Card title={t('goal')} className="max-w-3xl">
      <p className="mb-3 text-muted text-sm">{t('goalNote')}</p>
      {goals.length > 0 && (
        <SelectField
          label={t('chosen')}
          className="mb-4"
          value={isNew ? NEW : (chosen?.id ?? '')}
          choices={[
            ...goals.map(({ id, name }) => ({ value: id, label: name })),
            { value: NEW, label: t('newGoal') },
          ]}
          onChange={({ target }) => {
            setNew(target.value === NEW);
            if (target.value !== NEW) onChoose(target.value);
          }}
        />
      )}
      {isNew ? (
        <NewGoalForm
          portfolioId={portfolioId}
          currency={currency}
          onMade={(id) => {
            setNew(false);
            onChoose(id);
            onDone();
          }}
        />
      ) : (
        <Button kind="primary" onClick={onDone}>
          {t('stepAdvice')}
        </Button>
      )}
    </Card>
  );
}

interface NewGoalFormProps {
  portfolioId: string;
  currency: string;
  onMade: (id: string) => void;
}

function NewGoalForm({ portfolioId, currency, onMade }: NewGoalFormProps) {
  const create = useCreateGoal();
  const block = useWriteBlock();
  const { toast } = useUi();
  const [name, setName] = useState('');
  const [on, setOn] = useState('');
  const [amount, setAmount] = useState<Dec>();
  const [monthly, setMonthly] = useState<Dec | undefined>(ZERO);
  const [fees, setFees] = useState<Dec | undefined>(ZERO);
  const [inflation, setInflation] = useState<Dec | undefined>(dec('2'));
  const [wasSent, setSent] = useState(false);
  const send = () => {
    setSent(true);
    if (!name.trim() || !amount || !isDay(on)) return;
    const goal = {
      portfolio_id: portfolioId,
      name: name.trim(),
      target_amount: amount,
      target_on: on,
      monthly_contribution: monthly ?? ZERO,
      fee_rate: share(fees),
      inflation_rate: share(inflation),
    };
    create.mutate(goal, {
      onSuccess: ({ id }) => {
        toast({ text: t('goalKept') });
        onMade(id);
      },
    });
  };
  const isMissing = wasSent && (!name.trim() || !amount || !isDay(on));
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
          error={create.error?.faultOf('name')}
        />
        <MoneyInput
          label={t('amount')}
          unit={currency}
          value={amount}
          onValue={setAmount}
          error={create.error?.faultOf('target_amount')}
        />
        <TextField
          type="date"
          label={t('on')}
          min={addDays(today(), 31)}
          value={on}
          onChange={(event) => setOn(event.target.value)}
          error={create.error?.faultOf('target_on')}
        />
        <MoneyInput
          label={t('monthly')}
          hint={t('monthlyHint')}
          unit={currency}
          value={monthly}
          onValue={setMonthly}
          error={create.error?.faultOf('monthly_contribution')}
        />
        <MoneyInput
          label={t('fees')}
          unit="%"
          value={fees}
          onValue={setFees}
          error={create.error?.faultOf('fee_rate')}
        />
        <MoneyInput
          label={t('inflation')}
          unit="%"
          value={inflation}
          onValue={setInflation}
          error={create.error?.faultOf('inflation_rate')}
        />
      </div>
      <FormError error={create.error} />
      <FieldError text={isMissing ? t('goalFields') : undefined} />
      <Button
        type="submit"
        kind="primary"
        busy={create.isPending}
        disabled={block !== undefined}
        title={block}
        className="self-start"
      >
        {t('createGoal')}
      </Button>
    </form>
  );
}

/** Per cent as a fraction; a rate is no money. */
function share(value: Dec | undefined): number {
  return Math.round(toPosition(value ?? ZERO) * 1e6) / 1e8;
}
