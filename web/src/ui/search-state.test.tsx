import { showPage } from '@test/page';
import { act, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { parseText, useSearchState } from './search-state';

it('reads a number of the address as text, and nothing as nothing', () => {
  expect([123, 'abc', '', true, undefined].map(parseText)).toEqual([
    '123',
    'abc',
    undefined,
    undefined,
    undefined,
  ]);
});

it('leaves the address of the page alone that somebody went on to', async () => {
  let set: (change: { import?: string }) => void = () => undefined;
  function Page() {
    const [search, change] = useSearchState({ import: parseText });
    set = change;
    return <p>import {search.import}</p>;
  }
  const router = showPage(Page, '/portfolios/$id/import', '/portfolios/p/import');
  await screen.findByText('import');
  await act(async () => set({ import: 'i1' }));
  await screen.findByText('import i1');

  await act(() => router.navigate({ to: '/portfolios/$id/transactions', params: { id: 'p' } } as never));
  await act(async () => set({ import: 'i2' }));
  expect(router.state.location.href).toBe('/portfolios/p/transactions');
});
