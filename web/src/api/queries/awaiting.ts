import { paced } from '@/api/following';

interface Pace {
  /** Milliseconds between two asks while something is awaited. */
  every: number;
  /** How long it is awaited; the time starts anew when something else is. */
  most: number;
  /** Between two asks otherwise; false for never. */
  rest: number | false;
}

interface Asked<T> {
  state: { data?: T | undefined };
}

/**
 * A `refetchInterval` that asks often while the data waits for something, for a time and not for a number of asks: a page
 * that stays open for days asks as often on the last as on the first. `what` names all that is awaited.
 */
export function awaiting<T>(what: (data: T) => readonly string[], { every, most, rest }: Pace) {
  const since = new WeakMap<object, { name: string; at: number }>();
  return (query: Asked<T>): number | false => {
    const name = query.state.data === undefined ? '' : what(query.state.data).join();
    if (name === '') {
      since.delete(query);
      return rest;
    }
    const before = since.get(query);
    const at = before?.name === name ? before.at : Date.now();
    since.set(query, { name, at });
    return Date.now() - at < most ? paced(every) : rest;
  };
}
