import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

type Parsers = Readonly<Record<string, (value: unknown) => unknown>>;
type Parsed<P extends Parsers> = { [K in keyof P]: ReturnType<P[K]> };

/**
 * What a page shows lives in the URL. Each parser turns what stands there, or undefined, into a value that is right:
 * nonsense becomes the default. Setting a name to undefined takes it out of the URL.
 */
export function useSearchState<const P extends Parsers>(
  parsers: P,
): [Parsed<P>, (change: { [K in keyof P]?: ReturnType<P[K]> | undefined }) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const parsed = Object.fromEntries(
    Object.entries(parsers).map(([name, parse]) => [name, parse(search[name])]),
  );
  const set = useCallback(
    (change: object) => {
      const next = (before: object) =>
        Object.fromEntries(
          Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined),
        );
      void navigate({ to: '.', search: next as never, replace: true, resetScroll: false });
    },
    [navigate],
  );
  return [parsed as Parsed<P>, set];
}
