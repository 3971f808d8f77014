import { useState } from 'react';
import { type Day, formatDay } from '@/lib/dates';
import { customRange, customSpan, isRangeName, RANGES, type Range } from '@/lib/range';
import { Button } from './button';
import { Dialog, DialogFooter } from './dialog';
import { TextField } from './field';
import { t } from './messages';
import { Segmented } from './segmented';
import { Select } from './select';

const CUSTOM = 'custom';

interface RangePickerProps {
  value: Range;
  /** Put it in the URL; it rules every figure of the page. */
  onChange: (range: Range) => void;
  /** Bounds of what there is. */
  min?: Day;
  max?: Day;
}

export function RangePicker({ value, onChange, min, max }: RangePickerProps) {
  const [isOpen, setOpen] = useState(false);
  const custom = customSpan(value);
  const customLabel = custom ? `${formatDay(custom.from)} – ${formatDay(custom.to)}` : t('custom');
  const choices = [
    ...RANGES.map((name) => ({ value: name as string, label: name as string })),
    { value: CUSTOM, label: customLabel },
  ];
  const current = isRangeName(value) ? value : CUSTOM;
  const choose = (next: string) => (next === CUSTOM ? setOpen(true) : onChange(next));
  return (
    <>
      <Segmented
        label={t('range')}
        className="max-lg:hidden"
        choices={choices.slice(0, -1)}
        value={current}
        onChange={choose}
      />
      <Button
        className="max-lg:hidden"
        icon="calendar"
        aria-pressed={current === CUSTOM}
        onClick={() => setOpen(true)}
      >
        {customLabel}
      </Button>
      <Select
        aria-label={t('range')}
        className="w-auto max-sm:max-w-36 lg:hidden"
        choices={choices}
        value={current}
        onChange={(event) => choose(event.target.value)}
      />
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={t('custom')}>
        <CustomForm
          key={value}
          start={custom}
          bounds={{ min, max }}
          onCancel={() => setOpen(false)}
          onApply={(range) => {
            setOpen(false);
            onChange(range);
          }}
        />
      </Dialog>
    </>
  );
}

interface CustomFormProps {
  start: { from: Day; to: Day } | undefined;
  bounds: { min: Day | undefined; max: Day | undefined };
  onApply: (range: Range) => void;
  onCancel: () => void;
}

function CustomForm({ start, bounds, onApply, onCancel }: CustomFormProps) {
  const [from, setFrom] = useState(start?.from ?? '');
  const [to, setTo] = useState(start?.to ?? bounds.max ?? '');
  const range = customRange(from, to);
  const isWrong = from !== '' && to !== '' && !customSpan(range);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (customSpan(range)) onApply(range);
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          type="date"
          label={t('from')}
          required
          value={from}
          {...bounds}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          type="date"
          label={t('to')}
          required
          value={to}
          {...bounds}
          error={isWrong ? t('fromAfterTo') : undefined}
          onChange={(event) => setTo(event.target.value)}
        />
      </div>
      <DialogFooter>
        <Button onClick={onCancel}>{t('cancel')}</Button>
        <Button type="submit" kind="primary">
          {t('apply')}
        </Button>
      </DialogFooter>
    </form>
  );
}
