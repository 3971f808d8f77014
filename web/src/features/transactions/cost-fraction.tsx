import { useState } from 'react';
import { type Dec, divide, multiply, sum } from '@/lib/decimal';
import { exact, UNKNOWN } from '@/lib/format';
import { Button } from '@/ui/button';
import { MoneyInput } from '@/ui/money-input';
import { t } from './messages';

const PLACES = 12;

/** Value of what was received ÷ value of both, by the prices of the first day apart. */
export function fractionOf(
  held: Dec | undefined,
  oldPrice: Dec | undefined,
  received: Dec | undefined,
  newPrice: Dec | undefined,
): Dec | undefined {
  if (!held || !oldPrice || !received || !newPrice) return;
  const fresh = multiply(received, newPrice);
  return divide(fresh, sum([fresh, multiply(held, oldPrice)]), PLACES);
}

interface HelperProps {
  received: Dec | undefined;
  held: Dec | undefined;
  currency: string;
  onFraction: (fraction: Dec) => void;
}

/** Works out the part of the cost that goes with a spin-off. */
export function CostFractionHelper({ received, held, currency, onFraction }: HelperProps) {
  const [oldPrice, setOldPrice] = useState<Dec>();
  const [newPrice, setNewPrice] = useState<Dec>();
  // What is held stands there until something else is typed; an emptied field stays empty.
  const [typed, setTyped] = useState<{ units: Dec | undefined }>();
  const units = typed ? typed.units : held;
  const fraction = fractionOf(units, oldPrice, received, newPrice);
  return (
    <details className="col-span-2">
      <summary className="w-fit rounded-sm py-1 text-muted text-sm">{t('fractionFrom')}</summary>
      <div className="mt-2 grid grid-cols-2 items-end gap-3">
        <MoneyInput label={t('fractionHeld')} value={units} onValue={(next) => setTyped({ units: next })} />
        <MoneyInput label={t('fractionOld')} unit={currency} value={oldPrice} onValue={setOldPrice} />
        <MoneyInput label={t('fractionNew')} unit={currency} value={newPrice} onValue={setNewPrice} />
        <Button disabled={fraction === undefined} onClick={() => fraction && onFraction(fraction)}>
          {t('fractionTake', { fraction: fraction ? exact(fraction) : UNKNOWN })}
        </Button>
      </div>
    </details>
  );
}
