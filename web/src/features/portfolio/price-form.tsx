import { type FormEvent, useState } from 'react';
import type { Holding } from '@/api/parse/portfolios';
import { useWritePrices } from '@/api/queries/market';
import { symbolOf } from '@/lib/asset-name';
import { isDay, today } from '@/lib/dates';
import { type Dec, sign } from '@/lib/decimal';
import { Button } from '@/ui/button';
import { DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { TextField } from '@/ui/field';
import { MoneyInput } from '@/ui/money-input';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

/** A close entered by hand; the figures follow at once. */
export function PriceForm({ holding, onClose }: { holding: Holding; onClose: () => void }) {
  const write = useWritePrices();
  const { toast } = useUi();
  const [day, setDay] = useState(today());
  const [close, setClose] = useState<Dec>();
  const [isTried, setTried] = useState(false);
  const isDayRight = isDay(day) && day <= today();
  const isCloseRight = close !== undefined && sign(close) >= 0;
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isDayRight || !isCloseRight || write.isPending) return;
    write.mutate(
      { id: holding.asset_id, items: [{ day, close }] },
      {
        onSuccess: () => {
          toast({ text: t('priceSaved', { symbol: symbolOf(holding) }) });
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('day')}
          type="date"
          max={today()}
          value={day}
          error={isTried && !isDayRight ? t('badDay') : faultOf(write.error, 'items/0/day')}
          onChange={(event) => setDay(event.target.value)}
        />
        <MoneyInput
          label={t('close_')}
          unit={holding.currency}
          value={close}
          onValue={setClose}
          error={isTried && !isCloseRight ? t('badPrice') : faultOf(write.error, 'items/0/close')}
        />
      </div>
      <FormError error={write.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={write.isPending}>
          {t('savePrice')}
        </Button>
      </DialogFooter>
    </form>
  );
}
