import { createContext, useCallback, useContext } from 'react';

export interface ToastAction {
  label: string;
  run: () => void;
}

export interface Toast {
  id: number;
  text: string;
  tone: 'neutral' | 'danger';
  action?: ToastAction | undefined;
  seconds: number;
}

export type NewToast = Pick<Toast, 'text'> & Partial<Omit<Toast, 'id' | 'text'>>;

export interface Ui {
  toasts: readonly Toast[];
  /** Shows a line at the foot of the page. With an action it stays 10 s, else 5 s. */
  toast: (toast: NewToast) => void;
  dismiss: (id: number) => void;
  /** Something is being written to the server. */
  isPending: boolean;
  isOnline: boolean;
}

/** The third context: toasts, pending writes, connection. Theme and privacy are preferences (lib/preferences). */
export const UiContext = createContext<Ui>({
  toasts: [],
  toast: () => undefined,
  dismiss: () => undefined,
  isPending: false,
  isOnline: true,
});

export function useUi(): Ui {
  return useContext(UiContext);
}

/** For what has no form to say it in: why a change was refused, at the foot of the page. */
export function useToldError(): (error: Error) => void {
  const { toast } = useUi();
  return useCallback((error) => toast({ text: error.message, tone: 'danger' }), [toast]);
}
