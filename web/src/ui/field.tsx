import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { cx } from './class';
import { Icon } from './icon';
import { t } from './messages';

const look =
  'w-full min-w-0 rounded-control border border-control bg-panel text-text placeholder:text-muted ' +
  'disabled:opacity-60 aria-invalid:border-danger';
export const inputClass = `${look} min-h-9 px-3 py-1.5`;
/** In the cell of a table, where every pixel is a character. */
export const cellInputClass = `${look} min-h-8 px-1`;

export interface FieldParts {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  isOptional?: boolean;
  className?: string | undefined;
  /** Gets what ties the control to its label, hint and error. */
  children: (parts: FieldParts) => ReactNode;
}

export function Field({ label, hint, error, isOptional, className, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div className={cx('flex min-w-0 flex-col gap-1', className)}>
      <label htmlFor={id} className="font-medium text-sm">
        {label}
        {isOptional && <span className="font-normal text-muted"> ({t('optional')})</span>}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-xs">
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}

export function FieldError({ id, text }: { id?: string; text: string | undefined }) {
  if (!text) return null;
  return (
    <p id={id} className="flex items-start gap-1 text-danger text-xs">
      <Icon name="warning" size={14} className="mt-px shrink-0" />
      {text}
    </p>
  );
}

type Common = Pick<FieldProps, 'label' | 'hint' | 'error' | 'isOptional'>;

/** One line of text. Takes the result of react-hook-form's `register` as it is. */
export function TextField({
  label,
  hint,
  error,
  isOptional,
  className,
  ...input
}: Common & ComponentProps<'input'>) {
  return (
    <Field label={label} hint={hint} error={error} isOptional={isOptional ?? false} className={className}>
      {(parts) => <input type="text" {...parts} {...input} className={inputClass} />}
    </Field>
  );
}

export function PasswordField({
  label,
  hint,
  error,
  className,
  ...input
}: Omit<Common, 'isOptional'> & ComponentProps<'input'>) {
  const [isShown, setShown] = useState(false);
  const word = t(isShown ? 'hidePassword' : 'showPassword');
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(parts) => (
        <div className="relative">
          <input
            {...parts}
            {...input}
            type={isShown ? 'text' : 'password'}
            className={cx(inputClass, 'pe-11')}
            spellCheck={false}
            autoCapitalize="none"
          />
          <button
            type="button"
            aria-label={word}
            title={word}
            aria-pressed={isShown}
            onClick={() => setShown(!isShown)}
            className="absolute inset-y-0 end-0 flex w-10 items-center justify-center text-muted hover:text-text"
          >
            <Icon name={isShown ? 'eyeOff' : 'eye'} size={18} />
          </button>
        </div>
      )}
    </Field>
  );
}

export function Checkbox({
  label,
  hint,
  ...input
}: { label: ReactNode; hint?: string } & ComponentProps<'input'>) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...input}
        className="mt-0.5 size-4.5 shrink-0 accent-accent"
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-xs">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
