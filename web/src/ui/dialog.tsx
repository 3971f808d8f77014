import { lazy, type ReactNode, Suspense, useState } from 'react';

const Popup = lazy(() => import('./dialog-popup'));

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence under the title. */
  description?: ReactNode;
  /** Wider than a form: for tables and previews. */
  wide?: boolean;
  /** An alert dialog does not close by a click beside it. */
  alert?: boolean;
  children: ReactNode;
}

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
