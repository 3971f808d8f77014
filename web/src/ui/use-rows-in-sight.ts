import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';

const OVERSCAN = 4;

interface RowsInSight {
  /** Indexes of the rows to draw. */
  shown: number[];
  /** Scrolls only as far as it takes to have a row in sight, and draws it. */
  show: (index: number) => void;
}

/** Of `count` rows, all of one height, those that a scrolling place shows, and a few on either side. */
export function useRowsInSight(
  place: RefObject<HTMLElement | null>,
  count: number,
  rowPx: number,
): RowsInSight {
  const [{ first, last }, setEnds] = useState({ first: 0, last: 0 });
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const look = () => {
      const now = {
        first: Math.floor(element.scrollTop / rowPx),
        last: Math.ceil((element.scrollTop + element.clientHeight) / rowPx),
      };
      setEnds((before) => (before.first === now.first && before.last === now.last ? before : now));
    };
    // In the frame of the scroll: a later one would show the place without its rows.
    const follow = () => flushSync(look);
    look();
    element.addEventListener('scroll', follow, { passive: true });
    return () => element.removeEventListener('scroll', follow);
  }, [place, rowPx]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const size = new ResizeObserver(() => element.dispatchEvent(new Event('scroll')));
    size.observe(element);
    return () => size.disconnect();
  }, [place]);
  const from = Math.max(0, first - OVERSCAN);
  const to = Math.min(count, last + OVERSCAN);
  return {
    shown: Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at),
    show: (index) => {
      const element = place.current;
      if (!element) return;
      const { scrollTop, clientHeight, scrollHeight } = element;
      // What stands above the rows stays at the top while they scroll.
      const above = scrollHeight - count * rowPx;
      const least = above + (index + 1) * rowPx - clientHeight;
      element.scrollTop = Math.min(Math.max(scrollTop, least), index * rowPx);
      // The window tells of it in its next frame; a key that is held down comes before.
      element.dispatchEvent(new Event('scroll'));
    },
  };
}
