import { type Control, useController } from 'react-hook-form';
import { exact } from '@/lib/format';
import { Checkbox, FieldError } from '@/ui/field';
import { type FormValues, ratioOf } from './draft';
import { DecField } from './form-fields';
import { t } from './messages';
import { ratioMeaning } from './ratio';

interface RatioFieldsProps {
  control: Control<FormValues>;
  values: FormValues;
  /** What the server said about the ratio. */
  fault: string | undefined;
}

/** The ratio of a split or of bonus shares as it is announced: so many for so many. */
export function RatioFields({ control, values, fault }: RatioFieldsProps) {
  const kind = values.type === 'bonus' ? 'bonus' : 'split';
  const meaning = ratioMeaning(values);
  const ratio = meaning === undefined ? undefined : ratioOf(values);
  return (
    <div className="col-span-2 grid grid-cols-2 gap-x-3 gap-y-1">
      <DecField control={control} name="ratioNew" label={t(`ratioNew_${kind}`)} fault={fault} />
      <DecField control={control} name="ratioOld" label={t(`ratioOld_${kind}`)} />
      <p aria-live="polite" className="col-span-2 text-muted text-xs">
        {meaning ?? t(`ratioHint_${kind}`)}
      </p>
      {ratio?.isExact === false && <Rounding control={control} rounded={exact(ratio.value)} />}
    </div>
  );
}

function Rounding({ control, rounded }: { control: Control<FormValues>; rounded: string }) {
  const { field, fieldState } = useController({ control, name: 'isRatioRounded' });
  return (
    <div className="col-span-2 mt-1">
      <Checkbox
        name={field.name}
        label={t('ratioRound', { ratio: rounded })}
        hint={t('ratioRoundHint')}
        checked={field.value}
        onChange={({ target }) => field.onChange(target.checked)}
      />
      <FieldError text={fieldState.error?.message} />
    </div>
  );
}
