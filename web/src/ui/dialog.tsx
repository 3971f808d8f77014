import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { DialogProps } from './dialog-props';

const Popup = lazy(() => import('./dialog-popup'));

/** Focus trap, Esc and scroll lock come from Base UI, loaded when a dialog first opens. */
export function Dialog(props: DialogProps) {
  const [wasOpen, setWasOpen] = useState(props.open);
  if (props.open && !wasOpen) setWasOpen(true);
  if (!wasOpen) return null;
  return (
    <Suspense>
      <Popup {...props} />
    </Suspense>
  );
}

/** The row of buttons at the end of a dialog. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap items-center justify-end gap-2">{children}</div>;
}
