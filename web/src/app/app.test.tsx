import { portfolio as books } from '@test/books';
import { me } from '@test/people';
import { type Asked, answerBy } from '@test/server';
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preference, setPreference } from '@/lib/preferences';
import { App } from './app';
import { queryClient } from './query-client';
import { router } from './router';

const P1 = '01a22e9a-785f-7c62-b744-86751730aadb';
const P2 = '01a22e9a-785f-7c62-b744-86751730aadc';

const portfolio = (id: string, name: string) => ({ ...books, id, name });

interface World {
  isSignedIn: boolean;
  hasUsers: boolean;
}

/** A small server: who is signed in decides what it answers. */
function serve(world: World): Asked[] {
  return answerBy(({ url, method }) => {
    const path = url.pathname.replace('/api/v1', '');
    if (path === '/auth/status') return [200, { has_users: world.hasUsers, registration: 'open' }];
    if (path === '/auth/login') {
      world.isSignedIn = true;
      return [200, me];
    }
    if (!world.isSignedIn) return [401, { type: '/problems/unauthenticated', title: 'Sign in first.' }];
    if (path === '/me' && method === 'GET') return [200, me];
    if (path === '/demo') return [200, { is_present: true, portfolio_ids: [] }];
    if (path === '/portfolios') {
      return [200, { items: [portfolio(P1, 'Books'), portfolio(P2, 'Trading')], next_cursor: null }];
    }
    return [404, { type: '/problems/not-found', title: 'Not there.' }];
  });
}

async function open(address: string) {
  router.history.push(address);
  render(<App />);
  await router.load();
}

beforeEach(() => {
  queryClient.clear();
  setPreference('locale', 'en-US');
  setPreference('portfolio', '');
});
afterEach(() => vi.unstubAllGlobals());

describe('who may enter', () => {
  it('sends a stranger to the login and back to where they wanted', async () => {
    serve({ isSignedIn: false, hasUsers: true });
    await open('/settings?tab=privacy');
    await userEvent.type(await screen.findByLabelText('E-mail'), 'ada@example.org');
    await userEvent.type(screen.getByLabelText('Password'), 'seven quiet otters{Enter}');
    expect(await screen.findByRole('tab', { name: 'Privacy', selected: true })).toBeInTheDocument();
    expect(router.state.location.href).toBe('/settings?tab=privacy');
  });

  it('sends the first person to the first steps', async () => {
    serve({ isSignedIn: false, hasUsers: false });
    await open('/');
    expect(await screen.findByRole('heading', { name: 'Welcome to FinSage' })).toBeInTheDocument();
  });

  it.each(['//evil.example/x', 'https://evil.example', '/\\evil.example'])(
    'does not follow %s out of the app',
    async (to) => {
      serve({ isSignedIn: false, hasUsers: true });
      await open(`/login?to=${encodeURIComponent(to)}`);
      await userEvent.type(await screen.findByLabelText('E-mail'), 'ada@example.org');
      await userEvent.type(screen.getByLabelText('Password'), 'seven quiet otters{Enter}');
      await waitFor(() => expect(router.state.location.href).toBe('/'));
    },
  );
});

describe('the shell', () => {
  it('shows the pages there are, the portfolios and the demo banner', async () => {
    serve({ isSignedIn: true, hasUsers: true });
    await open('/settings');
    const select = await screen.findByLabelText('Portfolio shown');
    expect(select).toHaveDisplayValue('Books');
    expect(await screen.findByText(/Simulated data/)).toBeInTheDocument();
    const names = screen.getAllByRole('link').map((link) => link.textContent);
    for (const name of ['Dashboard', 'Portfolio', 'Transactions', 'Import', 'Settings'])
      expect(names).toContain(name);
  });

  it.each([
    ['/predictions/scoreboard', 'Predictions'],
    [`/portfolios/${P1}/advice`, 'Predictions'],
    [`/portfolios/${P1}/tax-report`, 'Portfolio'],
    ['/settings', 'Settings'],
  ])('marks where %s belongs: %s', async (address, name) => {
    serve({ isSignedIn: true, hasUsers: true });
    await open(address);
    const [side] = await screen.findAllByRole('navigation', { name: 'Main' });
    const marked = [...(side as HTMLElement).querySelectorAll('[aria-current]')];
    expect(marked.map((link) => link.textContent)).toEqual([name]);
  });

  it.each(['/portfolios/nope', '/portfolios/nope/import', '/assets/nope'])(
    'says of %s that there is no such page, among those there are',
    async (address) => {
      const asked = serve({ isSignedIn: true, hasUsers: true });
      await open(address);
      expect(await screen.findByRole('heading', { name: 'This page does not exist' })).toBeInTheDocument();
      expect(await screen.findByLabelText('Portfolio shown')).toHaveDisplayValue('Books');
      expect(asked.filter(({ url }) => url.href.includes('nope'))).toEqual([]);
    },
  );

  it('keeps to the portfolio chosen last on the page of an asset', async () => {
    serve({ isSignedIn: true, hasUsers: true });
    setPreference('portfolio', P2);
    await open('/assets/01a22e9a-785f-7c62-b744-86751730aade');
    expect(await screen.findByLabelText('Portfolio shown')).toHaveDisplayValue('Trading');
    const [link] = screen.getAllByRole('link', { name: 'Transactions' });
    expect(link).toHaveAttribute('href', `/portfolios/${P2}/transactions`);
    expect(preference('portfolio')).toBe(P2);
  });

  it('asks for no asset on the way from another page of the market', async () => {
    const asked = serve({ isSignedIn: true, hasUsers: true });
    await open('/watchlists');
    await screen.findByRole('heading', { name: 'Watchlists', level: 1 });
    await act(() => router.navigate({ to: '/news' }));
    await screen.findByRole('heading', { name: 'News', level: 1 });
    expect(asked.filter(({ url }) => url.pathname.includes('/assets/'))).toEqual([]);
  });

  it('lists every key, those of the rows of a table too', async () => {
    serve({ isSignedIn: true, hasUsers: true });
    await open('/settings');
    await screen.findByLabelText('Portfolio shown');
    await userEvent.keyboard('?');
    const dialog = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
    const keys = [...dialog.querySelectorAll('dt')].map((one) =>
      [...one.querySelectorAll('kbd')].map((key) => key.textContent).join(' '),
    );
    const single = ['Ctrl K', '?', '/', 'n', 'j k', 'Enter', 'e', 'x', 'h'];
    expect(keys).toEqual([...single, ...[...'dptifnwhs'].map((key) => `g ${key}`)]);
  });

  it('keeps the page under a session that ended, and goes on after the login', async () => {
    const world = { isSignedIn: true, hasUsers: true };
    serve(world);
    await open('/settings');
    const name = await screen.findByLabelText('First name');
    await userEvent.clear(name);
    await userEvent.type(name, 'Grace');
    world.isSignedIn = false;
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Your session has ended' });
    await waitFor(() => expect(dialog.querySelector('input[type=password]')).not.toBeNull());
    await userEvent.type(
      dialog.querySelector('input[type=password]') as HTMLInputElement,
      'seven quiet{Enter}',
    );
    await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
    expect(screen.getByLabelText('First name')).toHaveValue('Grace');
  });
});
