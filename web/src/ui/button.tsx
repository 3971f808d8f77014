import type { ComponentProps } from 'react';
import { cx } from './class';
import { Icon, type IconName } from './icon';

export type ButtonKind = 'primary' | 'secondary' | 'ghost' | 'danger';

const KINDS: Record<ButtonKind, string> = {
  primary: 'bg-accent text-accent-ink border-transparent hover:bg-accent-hover font-semibold',
  secondary: 'bg-panel text-text border-line hover:border-control',
  ghost: 'bg-transparent text-text border-transparent hover:bg-wash',
  danger: 'bg-danger text-danger-ink border-transparent hover:bg-danger-hover font-semibold',
};

/** For links that look like buttons too. */
export function buttonClass(kind: ButtonKind = 'secondary', more?: string): string {
  return cx(
    'inline-flex min-h-9 min-w-9 items-center justify-center gap-2 whitespace-nowrap rounded-control border px-3 text-sm',
    'transition-colors disabled:opacity-55 aria-disabled:opacity-55',
    KINDS[kind],
    more,
  );
}

export interface ButtonProps extends ComponentProps<'button'> {
  kind?: ButtonKind;
  icon?: IconName;
  /** Work is under way: the button keeps its focus and says so, but does nothing. */
  busy?: boolean;
}

export function Button({ kind, icon, busy, className, children, onClick, type, ...rest }: ButtonProps) {
  return (
    <button
      type={type ?? 'button'}
      className={buttonClass(kind, className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      {...rest}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'icon' | 'children'> {
  icon: IconName;
  label: string;
}

export function IconButton({ icon, label, kind = 'ghost', className, ...rest }: IconButtonProps) {
  return (
    <Button kind={kind} aria-label={label} title={label} className={cx('px-0', className)} {...rest}>
      <Icon name={icon} size={18} />
    </Button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="inline-block size-4 animate-spin rounded-full border-2 border-current border-t-transparent"
    />
  );
}
