import { type ComponentType, useCallback, useEffect, useState } from 'react';
import { offlineError } from '@/api/problem';
import { ErrorState } from '@/ui/error-state';

export type PageCode = () => Promise<{ default: ComponentType }>;

const NEVER = new Promise<never>(() => {});

/** A page's code, as the router wants it: what cannot be had offline is a page that says so and comes later. */
export function orLate(load: PageCode): PageCode {
  return async () => {
    try {
      // Nothing came: stale-chunks.ts is reloading the app, and until then the page before stands.
      return (await load()) ?? NEVER;
    } catch (cause) {
      // Online it is a fault, and the router's business.
      if (navigator.onLine) throw cause;
      return { default: () => <Late load={load} /> };
    }
  };
}

function Late({ load }: { load: PageCode }) {
  const [Page, setPage] = useState<ComponentType>();
  const again = useCallback(() => {
    load().then(
      (code) => setPage(() => code.default),
      // Still nothing: what is shown says so already.
      () => undefined,
    );
  }, [load]);
  useEffect(() => {
    addEventListener('online', again);
    return () => removeEventListener('online', again);
  }, [again]);
  if (Page) return <Page />;
  return <ErrorState error={offlineError(undefined)} onRetry={again} minHeight={400} />;
}
