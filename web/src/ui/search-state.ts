import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';

type Parsers = Readonly<Record<string, (value: unknown) => unknown>>;
type Parsed<P extends Parsers> = { [K in keyof P]: ReturnType<P[K]> };

/** Any text. The router reads ?query=123 as a number. */
export function parseText(value: unknown): string | undefined {
  const read = typeof value === 'number' ? String(value) : value;
  return typeof read === 'string' && read !== '' ? read : undefined;
}

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
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  const set = useCallback(
    (change: object) => {
      // An answer that comes after the person went on must not write into the address of another page.
      if (isGone.current) return;
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
