import { useId } from 'react';
import { cx } from './class';

interface SegmentedProps<T extends string> {
  label: string;
  choices: readonly { value: T; label: string }[];
  value: T | undefined;
  onChange: (value: T) => void;
  className?: string;
}

/** One of a few, all in sight: real radio buttons, so that arrows and readers work as everywhere. */
export function Segmented<T extends string>({
  label,
  choices,
  value,
  onChange,
  className,
}: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className={cx('inline-flex rounded-control border border-line bg-panel p-0.5', className)}>
      <legend className="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className={cx(
            'flex min-h-8 min-w-8 cursor-pointer items-center justify-center rounded-md px-2 text-xs',
            'has-focus-visible:outline-2 has-focus-visible:outline-accent',
            choice.value === value ? 'bg-accent font-semibold text-accent-ink' : 'text-muted hover:text-text',
          )}
        >
          <input
            type="radio"
            className="sr-only"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
