import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { WhatIf } from '@/api/parse/advice';
import { useWhatIf } from '@/api/queries/advice';
import { holdingsQuery } from '@/api/queries/portfolios';
import { assetLabel } from '@/lib/asset-name';
import { type Dec, ZERO } from '@/lib/decimal';
import { percent } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormError } from '@/ui/error-state';
import { MoneyInput } from '@/ui/money-input';
import { SelectField } from '@/ui/select';
import { Table } from '@/ui/table';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './advice-messages';
import { AssetSearch } from './asset-search';
import { oddsText } from './odds';

interface WhatIfStepProps {
  portfolioId: string;
  currency: string;
  goalId: string | undefined;
}

/** Odds and risk before and after adding to an asset or reducing it. */
export function WhatIfStep({ portfolioId, currency, goalId }: WhatIfStepProps) {
  const held = useQuery(holdingsQuery(portfolioId)).data?.items ?? [];
  const ask = useWhatIf();
  const block = useWriteBlock();
  const [asset, setAsset] = useState('');
  const [other, setOther] = useState<{ value: string; label: string }>();
  const [amount, setAmount] = useState<Dec>();
  const [newMoney, setNewMoney] = useState<Dec | undefined>(ZERO);
  const chosen = asset || held[0]?.asset_id;
  const choices = held.map((item) => ({ value: item.asset_id, label: assetLabel(item) }));
  const isHeld = choices.some(({ value }) => value === other?.value);
  const canAsk = goalId !== undefined && chosen !== undefined && amount !== undefined;
  return (
    <Card title={t('whatIf')}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (canAsk) ask.mutate({ goal_id: goalId, asset_id: chosen, amount, new_money: newMoney ?? ZERO });
        }}
      >
        <p className="text-muted text-sm">{goalId === undefined ? t('needGoal') : t('whatIfNote')}</p>
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
          <SelectField
            label={t('whatIfAsset')}
            value={chosen ?? ''}
            choices={other && !isHeld ? [...choices, other] : choices}
            onChange={({ target }) => setAsset(target.value)}
          />
          <AssetSearch
            label={t('whatIfOther')}
            hint={t('whatIfOtherHint')}
            placeholder={t('assetHint')}
            onChoose={(found) => {
              setOther({ value: found.id, label: assetLabel(found) });
              setAsset(found.id);
            }}
          />
          <MoneyInput
            label={t('whatIfAmount')}
            hint={t('whatIfAmountHint')}
            unit={currency}
            value={amount}
            onValue={setAmount}
          />
          <MoneyInput
            label={t('whatIfNew')}
            hint={t('whatIfNewHint')}
            unit={currency}
            value={newMoney}
            onValue={setNewMoney}
          />
        </div>
        <FormError error={ask.error} />
        <Button
          type="submit"
          kind="primary"
          busy={ask.isPending}
          disabled={!canAsk || block !== undefined}
          title={block}
          className="self-start"
        >
          {t('ask')}
        </Button>
        {ask.isPending && (
          <p role="status" className="text-muted text-sm">
            {t('making')}
          </p>
        )}
      </form>
      {ask.data && !ask.isPending && <BeforeAfter found={ask.data} />}
    </Card>
  );
}

function BeforeAfter({ found: { before, after, base_currency, disclaimer } }: { found: WhatIf }) {
  const line = (id: string, name: string, read: (side: typeof before) => React.ReactNode) => ({
    id,
    name,
    before: read(before),
    after: read(after),
  });
  const rows = [
    line(
      'goal',
      t('reach'),
      ({ goal }) => `${oddsText(goal.probability)} ${t('give', { error: percent(goal.error) })}`,
    ),
    line('fall', t('worstFall'), ({ drawdown_95 }) => percent(drawdown_95, 0)),
    line('var', t('var95'), (side) => percent(side.var['0.95'] ?? 0)),
    line('es', t('es95'), (side) => percent(side.es['0.95'] ?? 0)),
    line('expected', t('expected'), ({ expected_return }) => percent(expected_return)),
    line('volatility', t('volatility'), ({ volatility }) => percent(volatility)),
    line('middle', t('outcomes'), ({ outcomes }) => (
      <span className="flex flex-col items-end py-1 text-xs leading-tight">
        {['0.1', '0.5', '0.9'].map((level) => (
          <Amount key={level} value={outcomes[level]} currency={base_currency} />
        ))}
      </span>
    )),
  ];
  return (
    <div className="-mx-4 mt-4">
      <Table
        caption={t('whatIf')}
        columns={[
          { id: 'name', header: t('figure'), isRowHeader: true, cell: ({ name }) => name },
          { id: 'before', header: t('before'), isNumeric: true, cell: (row) => row.before },
          { id: 'after', header: t('after'), isNumeric: true, cell: (row) => row.after },
        ]}
        rows={rows}
        rowKey={({ id }) => id}
      />
      <p className="px-4 pt-2 text-muted text-xs">{disclaimer}</p>
    </div>
  );
}
