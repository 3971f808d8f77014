/** What asks at intervals asks this seldom while changes are told as they happen. */
const BESIDE_MS = 15_000;

let isFollowing = false;

/** Said by whoever holds the event stream. */
export function setFollowing(is: boolean): void {
  isFollowing = is;
}

/** Milliseconds between two asks: as many as are wanted, more while the event stream tells of changes. */
export function paced(every: number): number {
  return isFollowing ? Math.max(every, BESIDE_MS) : every;
}
