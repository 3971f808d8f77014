import { useIsMutating, useQueryClient } from '@tanstack/react-query';
import {
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { isApiError } from '@/api/problem';
import { type NewToast, type Toast, UiContext } from '@/ui/ui-context';

const SECONDS = { plain: 5, withAction: 10 };
const TOASTS_MAX = 4;

export function UiProvider({ children }: { children: ReactNode }) {
  const { toasts, toast, dismiss } = useToastList();
  const isPending = useIsMutating() > 0;
  const isOnline = useOnline();
  const value = useMemo(
    () => ({ toasts, toast, dismiss, isPending, isOnline }),
    [toasts, toast, dismiss, isPending, isOnline],
  );
  return <UiContext value={value}>{children}</UiContext>;
}

function useToastList() {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const next = useRef(0);
  const toast = useCallback((fresh: NewToast) => {
    next.current += 1;
    const seconds = fresh.action ? SECONDS.withAction : SECONDS.plain;
    const whole: Toast = { tone: 'neutral', seconds, ...fresh, id: next.current };
    setToasts((before) => [...before.slice(1 - TOASTS_MAX), whole]);
  }, []);
  const dismiss = useCallback(
    (id: number) => setToasts((before) => before.filter((one) => one.id !== id)),
    [],
  );
  return { toasts, toast, dismiss };
}

// The browser's word, and what really happens: a server that does not answer is "offline" as well.
function useOnline(): boolean {
  const isUp = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  const [isReached, setReached] = useState(true);
  const cache = useQueryClient().getQueryCache();
  useEffect(
    () =>
      cache.subscribe((event) => {
        if (event.type !== 'updated') return;
        if (event.action.type === 'success') setReached(true);
        if (event.action.type === 'error' || event.action.type === 'failed') {
          setReached(!(isApiError(event.action.error) && event.action.error.trouble === 'offline'));
        }
      }),
    [cache],
  );
  return isUp && isReached;
}

function subscribeOnline(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}
