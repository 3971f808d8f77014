import { useState } from 'react';
import type { Goal } from '@/api/parse/advice';
import { useDeleteGoal } from '@/api/queries/advice';
import { formatDay } from '@/lib/dates';
import { percent } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Confirm } from '@/ui/confirm';
import { SelectField } from '@/ui/select';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './advice-messages';
import { GoalForm } from './goal-form';

const NEW = 'new';

interface GoalStepProps {
  portfolioId: string;
  currency: string;
  goals: readonly Goal[];
  chosen: Goal | undefined;
  onChoose: (id: string | undefined) => void;
  onDone: () => void;
}

/** One of the goals that are kept, to plan for, change or delete; or a new one. */
export function GoalStep({ portfolioId, currency, goals, chosen, onChoose, onDone }: GoalStepProps) {
  const [form, setForm] = useState<'new' | 'edit'>();
  const shown = chosen ? form : 'new';
  return (
    <Card title={t('goal')} className="max-w-3xl">
      <p className="mb-3 text-muted text-sm">{t('goalNote')}</p>
      {chosen && (
        <SelectField
          label={t('chosen')}
          className="mb-4"
          value={shown === 'new' ? NEW : chosen.id}
          choices={[
            ...goals.map(({ id, name }) => ({ value: id, label: name })),
            { value: NEW, label: t('newGoal') },
          ]}
          onChange={({ target }) => {
            setForm(target.value === NEW ? 'new' : undefined);
            if (target.value !== NEW) onChoose(target.value);
          }}
        />
      )}
      {shown === undefined && chosen ? (
        <Kept
          goal={chosen}
          currency={currency}
          onEdit={() => setForm('edit')}
          onDone={onDone}
          onGone={() => onChoose(undefined)}
        />
      ) : (
        <GoalForm
          key={shown === 'edit' ? chosen?.id : NEW}
          portfolioId={portfolioId}
          currency={currency}
          goal={shown === 'edit' ? chosen : undefined}
          onKept={(id) => {
            setForm(undefined);
            onChoose(id);
            if (shown === 'new') onDone();
          }}
          onCancel={chosen && (() => setForm(undefined))}
        />
      )}
    </Card>
  );
}

interface KeptProps {
  goal: Goal;
  currency: string;
  onEdit: () => void;
  onDone: () => void;
  onGone: () => void;
}

function Kept({ goal, currency, onEdit, onDone, onGone }: KeptProps) {
  const block = useWriteBlock();
  const [isErasing, setErasing] = useState(false);
  const rows = [
    [t('amount'), <Amount key="amount" value={goal.target_amount} currency={currency} />],
    [t('on'), formatDay(goal.target_on)],
    [t('monthly'), <Amount key="monthly" value={goal.monthly_contribution} currency={currency} />],
    [t('fees'), percent(goal.fee_rate, 2)],
    [t('inflation'), percent(goal.inflation_rate, 2)],
  ] as const;
  return (
    <>
      <dl className="mb-4 grid gap-x-6 gap-y-1.5 text-sm sm:grid-cols-2">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-3">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" onClick={onDone}>
          {t('stepAdvice')}
        </Button>
        <Button icon="edit" disabled={block !== undefined} title={block} onClick={onEdit}>
          {t('editGoal')}
        </Button>
        <Button icon="trash" disabled={block !== undefined} title={block} onClick={() => setErasing(true)}>
          {t('deleteGoal')}
        </Button>
      </div>
      <Erase goal={goal} open={isErasing} onClose={() => setErasing(false)} onGone={onGone} />
    </>
  );
}

interface EraseProps {
  goal: Goal;
  open: boolean;
  onClose: () => void;
  onGone: () => void;
}

function Erase({ goal, open, onClose, onGone }: EraseProps) {
  const erase = useDeleteGoal();
  const { toast } = useUi();
  return (
    <Confirm
      open={open}
      title={t('deleteTitle', { name: goal.name })}
      action={t('deleteAction')}
      isDangerous
      busy={erase.isPending}
      error={erase.error}
      onConfirm={() =>
        erase.mutate(goal, {
          onSuccess: () => {
            toast({ text: t('goalGone', { name: goal.name }) });
            onClose();
            onGone();
          },
        })
      }
      onClose={onClose}
    >
      {t('deleteBody')}
    </Confirm>
  );
}
