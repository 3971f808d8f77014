import { type ComponentType, useCallback, useEffect, useState } from 'react';
import { offlineError } from '@/api/problem';
import { ErrorState } from '@/ui/error-state';

export type PageCode = () => Promise<{ default: ComponentType }>;

const NEVER = new Promise<never>(() => {});

// Where nothing came, stale-chunks.ts is reloading the app, and until then what is shown stands.
const codeOf: (load: PageCode) => ReturnType<PageCode> = async (load) => (await load()) ?? NEVER;

/** A page's code, as the router wants it: what cannot be had offline is a page that says so and comes later. */
export function orLate(load: PageCode): PageCode {
  return async () => {
    try {
      return await codeOf(load);
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
    codeOf(load).then(
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
