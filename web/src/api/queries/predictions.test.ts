import { expect, it } from 'vitest';
import { ApiError, offlineError } from '@/api/problem';
import { makeOnce } from './predictions';

async function keysOf(name: string, outcomes: readonly unknown[]): Promise<string[]> {
  const keys: string[] = [];
  for (const outcome of outcomes)
    await makeOnce(name, async (intent) => {
      keys.push(intent);
      if (outcome !== undefined) throw outcome;
    }).catch(() => undefined);
  return keys;
}

it('asks with the same key while the answer may be lost, and with another for a new wish', async () => {
  const lost = offlineError(new Error('reset'));
  const broken = new ApiError({ title: 'Unavailable', status: 503 });
  const keys = await keysOf('asset a 7', [lost, broken, undefined, undefined]);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).toBe(keys[0]);
  expect(keys[3]).not.toBe(keys[0]);
});

it.each([404, 409, 422])('asks with another key after a refusal by %i', async (status) => {
  const keys = await keysOf(`portfolio ${status}`, [new ApiError({ title: 'No', status }), undefined]);
  expect(keys[1]).not.toBe(keys[0]);
});
