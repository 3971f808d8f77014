import { act, render, screen } from '@testing-library/react';
import { type ComponentType, lazy, Suspense } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { orLate } from './late';

type Code = { default: ComponentType };

afterEach(() => vi.restoreAllMocks());

it('tells offline that a page did not come, and shows it once it does', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  const load = vi.fn<() => Promise<Code>>().mockRejectedValue(new TypeError('not fetched'));
  const Page = lazy(orLate(load));
  render(
    <Suspense>
      <Page />
    </Suspense>,
  );
  expect(await screen.findByRole('alert')).toHaveTextContent('No connection');

  // Online the bundler's loader gives nothing at all while stale-chunks.ts is about to reload the app.
  load.mockResolvedValue(undefined as unknown as Code);
  await act(async () => dispatchEvent(new Event('online')));
  expect(screen.getByRole('alert')).toHaveTextContent('No connection');

  load.mockResolvedValue({ default: () => <h1>Import</h1> });
  await act(async () => dispatchEvent(new Event('online')));
  expect(screen.getByRole('heading', { name: 'Import' })).toBeVisible();
});
