import { useEffect, useState } from 'react';
import { Button, IconButton } from './button';
import { cx } from './class';
import { t } from './messages';
import { type Toast, useUi } from './ui-context';

/** Where toasts appear; one per page, in the shell. */
export function ToastRegion() {
  const { toasts, dismiss } = useUi();
  return (
    <section
      aria-label={t('notifications')}
      data-print="hide"
      className="pointer-events-none fixed inset-x-0 bottom-16 z-60 flex flex-col items-center gap-2 px-4 md:bottom-6"
    >
      {/* aria-live is what dialogs look for: without it they hide the region from readers while they are open. */}
      <div role="status" aria-live="polite" className="contents">
        {toasts.map((toast) => (
          <ToastLine key={toast.id} toast={toast} onDismiss={() => dismiss(toast.id)} />
        ))}
      </div>
    </section>
  );
}

function ToastLine({ toast, onDismiss }: { toast: Toast; onDismiss: () => void }) {
  const [isHeld, setHeld] = useState(false);
  // Reading or reaching for the button must not race the clock.
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(onDismiss, toast.seconds * 1000);
    return () => clearTimeout(timer);
  }, [isHeld, onDismiss, toast.seconds]);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only stops the clock
    <div
      className={cx(
        'appear pointer-events-auto flex max-w-lg items-center gap-3 rounded-control border bg-panel py-1.5 ps-4 pe-1.5 text-sm shadow-card',
        toast.tone === 'danger' ? 'border-danger' : 'border-control',
      )}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
    >
      <span className="min-w-0 py-1">{toast.text}</span>
      {toast.action && (
        <Button
          kind="ghost"
          className="font-semibold text-accent"
          onClick={() => {
            toast.action?.run();
            onDismiss();
          }}
        >
          {toast.action.label}
        </Button>
      )}
      <IconButton icon="close" label={t('dismiss')} onClick={onDismiss} />
    </div>
  );
}
