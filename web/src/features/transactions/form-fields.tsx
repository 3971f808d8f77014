import { type Control, useController } from 'react-hook-form';
import type { Dec } from '@/lib/decimal';
import { MoneyInput } from '@/ui/money-input';
import { AssetField } from './asset-field';
import type { FormValues } from './draft';

type Of<T> = { [K in keyof FormValues]: FormValues[K] extends T ? K : never }[keyof FormValues];

interface DecFieldProps {
  control: Control<FormValues>;
  name: Of<Dec | undefined>;
  label: string;
  unit?: React.ReactNode;
  hint?: React.ReactNode;
  isOptional?: boolean;
  /** What the server said about this field. */
  fault?: string | undefined;
}

export function DecField({ control, name, fault, ...rest }: DecFieldProps) {
  const { field, fieldState } = useController({ control, name });
  return (
    <MoneyInput
      {...rest}
      name={name}
      value={field.value as Dec | undefined}
      onValue={field.onChange}
      error={fieldState.error?.message ?? fault}
    />
  );
}

interface ChosenFieldProps {
  control: Control<FormValues>;
  name: 'asset' | 'toAsset';
  label: string;
  newCurrency: string;
  fault?: string | undefined;
  onChosen?: (asset: FormValues['asset']) => void;
}

export function ChosenField({ control, name, label, newCurrency, fault, onChosen }: ChosenFieldProps) {
  const { field, fieldState } = useController({ control, name });
  return (
    <AssetField
      className="col-span-2"
      label={label}
      newCurrency={newCurrency}
      value={field.value}
      error={fieldState.error?.message ?? fault}
      onValue={(asset) => {
        field.onChange(asset);
        onChosen?.(asset);
      }}
    />
  );
}
