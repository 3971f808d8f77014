import { Dialog as Base } from '@base-ui/react/dialog';
import { useRef } from 'react';
import { buttonClass } from './button';
import { cx } from './class';
import type { DialogProps } from './dialog-props';
import { Icon } from './icon';
import { t } from './messages';

// Whoever opens a form wants to fill it in; without a field the focus starts at the button that closes.
const TYPED_INTO = '[data-dialog-focus], form :is(input, select, textarea):not([disabled], [type=hidden])';

function widthOf(wide: DialogProps['wide'], side: DialogProps['side']): string {
  if (wide === 'table') return 'sm:max-w-5xl';
  if (!wide) return 'sm:max-w-lg';
  // Beside a page stands a table of eight figures; over it, a form.
  return side ? 'sm:max-w-4xl' : 'sm:max-w-3xl';
}

export default function DialogPopup({
  open,
  onClose,
  title,
  description,
  wide,
  side,
  alert,
  children,
}: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => !next && onClose()}
      disablePointerDismissal={alert ?? false}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[#000]/50" />
        <Base.Viewport
          className={cx(
            'fixed inset-0 z-50 flex items-end overflow-y-auto',
            side ? 'justify-end sm:items-stretch' : 'justify-center sm:items-center sm:p-6',
          )}
        >
          <Base.Popup
            ref={popup}
            initialFocus={() => popup.current?.querySelector<HTMLElement>(TYPED_INTO) ?? true}
            {...(alert ? { role: 'alertdialog' } : {})}
            className={cx(
              'appear max-h-[100dvh] w-full overflow-y-auto rounded-t-card border border-line bg-panel p-5 text-text shadow-card',
              side ? 'sm:h-dvh sm:rounded-none' : 'sm:max-h-[calc(100dvh-3rem)] sm:rounded-card',
              widthOf(wide, side),
            )}
          >
            <div className="mb-4 flex items-start justify-between gap-4">
              <div className="min-w-0">
                <Base.Title className="font-semibold text-lg leading-snug">{title}</Base.Title>
                {description && (
                  <Base.Description className="mt-1 text-muted text-sm">{description}</Base.Description>
                )}
              </div>
              <Base.Close
                aria-label={t('close')}
                className={buttonClass('ghost', '-me-2 -mt-1.5 shrink-0 px-0')}
              >
                <Icon name="close" size={18} />
              </Base.Close>
            </div>
            {children}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
