import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Dec } from '@/lib/decimal';
import { parseTyped } from '@/lib/decimal';
import { exact } from '@/lib/format';
import { formatLocale } from '@/lib/locale';
import { cx } from './class';
import { Field, inputClass } from './field';
import { t } from './messages';

interface MoneyInputProps {
  label: string;
  value: Dec | undefined;
  /** undefined while the field is empty or holds no number. */
  onValue: (value: Dec | undefined) => void;
  /** Shown at the end of the field: a currency, a symbol. */
  unit?: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  isOptional?: boolean;
  /** The label is heard and not seen: what stands beside the field says it. */
  isLabelHidden?: boolean;
  disabled?: boolean;
  className?: string;
  name?: string;
  autoFocus?: boolean;
}

/** Reads a decimal as the person's locale writes it, and never rounds what they typed. */
export function MoneyInput(props: MoneyInputProps) {
  const { label, value, onValue, unit, hint, error, isOptional, className } = props;
  const [text, setText] = useState(() => (value === undefined ? '' : exact(value)));
  const sent = useRef(value);

  // A value set from outside (a preview, a reset) replaces the text; our own echo does not touch it while typing.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value === undefined ? '' : exact(value));
  }, [value]);

  const change = (typed: string) => {
    setText(typed);
    sent.current = parseTyped(typed, formatLocale());
    onValue(sent.current);
  };
  const bad = text.trim() !== '' && parseTyped(text, formatLocale()) === undefined;

  return (
    <Field
      label={props.isLabelHidden ? <span className="sr-only">{label}</span> : label}
      hint={hint}
      error={bad ? t('badNumber') : error}
      isOptional={isOptional ?? false}
      className={className}
    >
      {(parts) => (
        <div className="relative">
          <input
            {...parts}
            name={props.name}
            disabled={props.disabled}
            inputMode="decimal"
            autoComplete="off"
            value={text}
            onChange={(event) => change(event.target.value)}
            onBlur={() => value !== undefined && !bad && setText(exact(value))}
            className={cx(inputClass, 'text-end', unit !== undefined && 'pe-14')}
          />
          {unit !== undefined && (
            <span className="pointer-events-none absolute inset-y-0 end-3 flex items-center text-muted text-xs">
              {unit}
            </span>
          )}
        </div>
      )}
    </Field>
  );
}
