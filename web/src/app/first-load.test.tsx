import { me } from '@test/people';
import { answerBy } from '@test/server';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** The app as a browser loads it, from a server that never answers one path. */
async function load(hanging: string) {
  answerBy(({ url }) => {
    const path = url.pathname.replace('/api/v1', '');
    if (path === hanging) return new Promise(() => undefined);
    if (path === '/me') return [200, me];
    if (path === '/portfolios') return [200, { items: [], next_cursor: null }];
    return [404, { type: '/problems/not-found', title: 'Not there.' }];
  });
  window.history.pushState({}, '', '/settings');
  const { App } = await import('./app');
  render(<App />);
}

beforeEach(() => vi.resetModules());
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it('shows the page though it is not known whether there is a demo', async () => {
  await load('/demo');
  expect(await screen.findByRole('heading', { name: 'Settings' })).toBeInTheDocument();
});
