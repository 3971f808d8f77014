import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

/** Follows the event stream while the page stands; loaded when the page is there. */
export function useEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isGone = false;
    import('./events').then(
      ({ follow }) => {
        if (!isGone) stop = follow(client);
      },
      // A new release has replaced the file: pages ask at intervals, as without a stream.
      () => undefined,
    );
    return () => {
      isGone = true;
      stop?.();
    };
  }, [client]);
}
