import type { ComponentProps } from 'react';
import { cx } from './class';
import { Field, inputClass } from './field';

export interface Choice {
  value: string;
  label: string;
}

/** The browser's own select: right on every phone and for every reader. */
export function Select({
  choices,
  className,
  ...rest
}: { choices: readonly Choice[] } & ComponentProps<'select'>) {
  return (
    <select {...rest} className={cx(inputClass, 'chevron truncate pe-8', className)}>
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

interface SelectFieldProps extends ComponentProps<'select'> {
  label: string;
  hint?: string;
  error?: string | undefined;
  isOptional?: boolean;
  choices: readonly Choice[];
}

export function SelectField({ label, hint, error, isOptional, className, ...rest }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} isOptional={isOptional ?? false} className={className}>
      {(parts) => <Select {...parts} {...rest} />}
    </Field>
  );
}
