import { Problem, serve, showPage } from '@test/page';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { ProviderKeys } from './provider-keys';

const items = [
  { provider: 'coingecko', source: null, set_at: null },
  { provider: 'newsapi', source: 'settings', set_at: null },
  { provider: 'cryptopanic', source: 'entered', set_at: '2026-11-27T10:00:00Z' },
];

afterEach(() => {
  vi.restoreAllMocks();
  setPreference('privacy', 'show');
});

it('takes no key while nothing may be written', async () => {
  setPreference('privacy', 'scramble');
  serve({ 'GET /provider-keys': { items, next_cursor: null } });
  showPage(ProviderKeys, '/settings', '/settings');
  for (const name of ['Enter key', 'Replace', 'Delete key'])
    expect(await screen.findByRole('button', { name })).toBeDisabled();
});

it('enters a key after the password, and shows it nowhere', async () => {
  let isRight = false;
  const sent = serve({
    'GET /provider-keys': { items, next_cursor: null },
    'POST /me/proof': () =>
      isRight
        ? null
        : new Problem(422, {
            type: '/problems/wrong-password',
            title: 'The current password is wrong.',
            errors: [{ pointer: '/current_password', detail: 'The current password is wrong.' }],
          }),
    'PUT /provider-keys/coingecko': null,
  });
  showPage(ProviderKeys, '/settings', '/settings');
  expect(await screen.findByText('No key.')).toBeInTheDocument();
  expect(screen.getByText('Of the settings of this installation.')).toBeInTheDocument();
  expect(screen.getAllByRole('button', { name: 'Replace' })).toHaveLength(1);
  await userEvent.click(screen.getByRole('button', { name: 'Enter key' }));
  await userEvent.type(await screen.findByLabelText('Key'), 'CG-canary');
  await userEvent.type(screen.getByLabelText('Current password'), 'wrong');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findAllByText('The current password is wrong.')).not.toHaveLength(0);
  expect(sent.some(({ method }) => method === 'PUT')).toBe(false);
  isRight = true;
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await vi.waitFor(() =>
    expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({ key: 'CG-canary' }),
  );
});
