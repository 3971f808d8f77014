import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { cx } from './class';
import { Field, inputClass } from './field';
import { t } from './messages';

export interface ComboOption {
  id: string;
  label: string;
  /** At the end of the line: a class, a currency. */
  note?: ReactNode;
}

interface ComboboxProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** What stands in the field: the chosen label, or what is being typed. */
  text: string;
  onText: (text: string) => void;
  options: readonly ComboOption[];
  isSearching?: boolean;
  onChoose: (option: ComboOption) => void;
  placeholder?: string;
  className?: string;
  disabled?: boolean;
}

/** A text field that offers matches (WAI-ARIA combobox with a list). The caller searches. */
export function Combobox(props: ComboboxProps) {
  const { options, isSearching } = props;
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const active = options[Math.min(at, options.length - 1)];
  const choose = (option: ComboOption) => {
    props.onChoose(option);
    setOpen(false);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(isOpen && options.length ? (at + step + options.length) % options.length : 0);
      setOpen(true);
    } else if (event.key === 'Enter' && isOpen && active) {
      event.preventDefault();
      choose(active);
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      setOpen(false);
    }
  };
  const isShown = isOpen && props.text.trim() !== '';
  return (
    <Field label={props.label} hint={props.hint} error={props.error} className={props.className}>
      {(parts) => (
        <div className="relative">
          <input
            {...parts}
            role="combobox"
            aria-expanded={isShown}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={isShown && active ? `${listId}-${active.id}` : undefined}
            autoComplete="off"
            spellCheck={false}
            disabled={props.disabled}
            placeholder={props.placeholder}
            className={inputClass}
            value={props.text}
            onChange={(event) => {
              props.onText(event.target.value);
              setAt(0);
              setOpen(true);
            }}
            onKeyDown={onKey}
            onBlur={() => setOpen(false)}
          />
          {isShown && (
            <div className="absolute inset-x-0 z-20 mt-1 max-h-64 overflow-y-auto rounded-control border border-control bg-panel py-1 shadow-card">
              <div role="listbox" id={listId} aria-label={props.label}>
                {options.map((option) => (
                  <div
                    key={option.id}
                    id={`${listId}-${option.id}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={option.id === active?.id}
                    onPointerDown={(event) => event.preventDefault()}
                    onClick={() => choose(option)}
                    className={cx(
                      'flex min-h-9 cursor-pointer items-center justify-between gap-3 px-3 text-sm hover:bg-wash',
                      option.id === active?.id && 'bg-wash',
                    )}
                  >
                    <span className="min-w-0 truncate">{option.label}</span>
                    {option.note && <span className="shrink-0 text-muted text-xs">{option.note}</span>}
                  </div>
                ))}
              </div>
              {options.length === 0 && (
                <p role="status" className="px-3 py-1.5 text-muted text-sm">
                  {t(isSearching ? 'searching' : 'nothingFound')}
                </p>
              )}
            </div>
          )}
        </div>
      )}
    </Field>
  );
}
