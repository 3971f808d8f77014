import { portfolio } from '@test/books';
import { serve, showPage } from '@test/page';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { LotMethodsForm } from './lot-methods';

const split = { gain: '5', long: '3', short: '2', cash: '0' };
const row = {
  lot_method: 'lifo',
  is_present: false,
  realised_gain: '7',
  realised_gain_price: '7',
  realised_gain_fx: '0',
  realised: { gain: '7', long: '5', short: '2', cash: '0' },
  realised_this_year: split,
  unrealised_gain: '11',
  unrealised_gain_price: '11',
  unrealised_gain_fx: '0',
  cost_basis: '13',
  open_lots: 17,
};

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
});
afterEach(() => vi.unstubAllGlobals());

it('explains each figure under the lot method of its row', async () => {
  serve({
    'GET /portfolios/p/lot-methods': {
      as_of: '2026-06-30',
      year: 2026,
      base_currency: 'EUR',
      items: [row],
      next_cursor: null,
    },
  });
  const Form = () => <LotMethodsForm portfolio={{ ...portfolio, id: 'p' } as never} onClose={() => {}} />;
  const router = showPage(Form, '/portfolios/$id', '/portfolios/p');
  const cells = within(await screen.findByRole('row', { name: /^Newest first/ }));
  const year = { explain_from: '2025-12-31' };
  const expected = [
    { explain: 'realised_gain', ...year },
    { explain: 'realised_gain_long', ...year },
    { explain: 'realised_gain_short', ...year },
    { explain: 'realised_gain' },
    { explain: 'unrealised_gain' },
    { explain: 'cost_basis' },
    { explain: 'cost_basis' },
  ];
  const buttons = cells.getAllByRole('button');
  expect(buttons).toHaveLength(expected.length);
  for (const [at, button] of buttons.entries()) {
    await userEvent.click(button);
    expect(router.state.location.search).toEqual({
      explain_of: 'p',
      explain_to: '2026-06-30',
      explain_lots: 'lifo',
      ...expected[at],
    });
  }
});
