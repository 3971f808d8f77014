import { expect, it } from 'vitest';
import { ApiError } from '@/api/problem';
import { mayRetry } from './query-client';

it('asks again only where a retry can help', () => {
  const refused = new ApiError({ title: 'No', status: 404 });
  const limited = new ApiError({ title: 'Asked too often', status: 429 });
  const busy = new ApiError({ title: 'Busy', status: 503 });
  const lost = new ApiError({ title: 'Lost', trouble: 'offline' });
  const strange = new ApiError({ title: 'Strange', trouble: 'unreadable', status: 500 });
  expect(
    [refused, limited, busy, lost, strange, new Error('ours')].map((error) => mayRetry(0, error)),
  ).toEqual([false, false, true, true, false, false]);
  expect(mayRetry(2, lost)).toBe(false);
  lost.cause = new DOMException('too late', 'TimeoutError');
  expect(mayRetry(0, lost)).toBe(false);
});
