import { asset } from '@test/books';
import { goal } from '@test/goals';
import { Problem, serve, showPage } from '@test/page';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { setPreference } from '@/lib/preferences';
import AdvicePage from './advice-page';

beforeEach(() => setPreference('locale', 'en-US'));

const limits = { drawdown: 0.25, crypto: 0.05, one_asset: 0.2, cash_months: 3 };
const questionnaire = {
  questions: [
    {
      code: 'fall',
      scale: 'tolerance',
      text: 'Which fall would you sit out?',
      answers: ['5%', '10%', '20%', '30%', '45% or more'],
      is_deciding: true,
    },
  ],
  limits: { '3': limits },
  cash_rate: 0.02,
  cash_source: 'ECB, rate of the deposit facility',
  inflation_rate: 0.02,
  inflation_source: 'The aim of the ECB',
  premia: [
    { asset_class: 'equity', premium: 0.043, source: 'Damodaran' },
    { asset_class: 'cash', premium: 0, source: 'By definition' },
  ],
  disclaimer: 'A calculation from your inputs, not investment advice.',
};
const kept = {
  portfolio_id: 'p',
  is_answered: true,
  answers: { fall: 3 },
  monthly_spending: '1500',
  cash_elsewhere: '0',
  premia: { cash_rate: null, by_class: { equity: 0.05 }, by_asset: { x: 0.01 } },
  profile: { tolerance: 3, capacity: 3, level: 3 },
  limits,
  changed_at: '2026-11-20T10:00:00Z',
};
const portfolio = {
  id: 'p',
  name: 'Savings',
  base_currency: 'EUR',
  lot_method: 'fifo',
  lot_scope: 'portfolio',
  cash: 'tracked',
  fees_in_cost: true,
  time_zone: 'UTC',
  is_demo: false,
  transactions_count: 2,
  market_value: null,
  as_of: null,
  created_at: '2026-11-01T10:00:00Z',
  updated_at: '2026-11-01T10:00:00Z',
};

const tables = (more: Record<string, unknown> = {}) => ({
  'GET /portfolios/p': portfolio,
  'GET /advice/questions': questionnaire,
  'GET /portfolios/p/risk-profile': kept,
  'GET /goals': { items: [goal], next_cursor: null },
  'GET /advice': { items: [], next_cursor: null },
  ...more,
});

const show = (step: string, more: Record<string, unknown> = {}) => {
  const sent = serve(tables(more));
  showPage(AdvicePage, '/portfolios/$id/advice', `/portfolios/p/advice?step=${step}`);
  return sent;
};

it('states premia of one’s own, back to the default, and of single assets', async () => {
  const known = (id: string, symbol: string) => ({ ...asset, id, symbol, name: `${symbol} Inc` });
  const sent = show('questions', {
    'PUT /portfolios/p/risk-profile': kept,
    'GET /assets/x': known('x', 'XTRA'),
    'GET /assets/z': known('z', 'ZETA'),
    'GET /assets': { items: [known('z', 'ZETA')], next_cursor: null },
    'GET /portfolios/p/holdings': new Problem(503, { type: '/problems/unavailable', title: 'Busy.' }),
  });
  const share = await screen.findByLabelText('Share');
  expect(share).toHaveValue('5');
  expect(screen.getByText(/Damodaran/)).toBeInTheDocument();
  await userEvent.clear(screen.getByLabelText('Money'));
  await userEvent.type(screen.getByLabelText('Money'), '1.5');
  await userEvent.click(screen.getByRole('button', { name: 'Default for Share' }));
  expect(share).toHaveValue('4.3');
  expect(await screen.findByLabelText('XTRA')).toHaveValue('1');
  await userEvent.type(screen.getByRole('combobox', { name: 'An asset that is not held' }), 'ze');
  await userEvent.click(await screen.findByRole('option', { name: /ZETA/ }));
  await userEvent.type(await screen.findByLabelText('ZETA'), '6.5');
  await userEvent.click(screen.getByRole('button', { name: 'XTRA as its class' }));
  await userEvent.click(screen.getByRole('button', { name: 'Keep the answers' }));
  await screen.findByText('The answers are kept.');
  expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({
    answers: { fall: 3 },
    monthly_spending: '1500',
    cash_elsewhere: '0',
    premia: { cash_rate: 0.015, by_class: {}, by_asset: { z: 0.065 } },
  });
});

it('changes the terms of a goal and deletes it', async () => {
  const sent = show('goal', {
    'PUT /goals/g': { ...goal, target_amount: '25000' },
    'DELETE /goals/g': null,
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Change it' }));
  const amount = screen.getByLabelText('Amount');
  expect(screen.getByLabelText('Fees a year')).toHaveValue('0.2');
  await userEvent.clear(amount);
  await userEvent.type(amount, '25000');
  await userEvent.click(screen.getByRole('button', { name: 'Keep the goal' }));
  await screen.findByText('The goal is kept.');
  const { id, created_at, ...terms } = goal;
  expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({ ...terms, target_amount: '25000' });
  await userEvent.click(await screen.findByRole('button', { name: 'Delete it' }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Delete “House”?' });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete the goal' }));
  expect(await screen.findByText('“House” is deleted.')).toBeInTheDocument();
  expect(sent.some(({ method, path }) => method === 'DELETE' && path === '/goals/g')).toBe(true);
});

it('asks within limits of one’s own and says which would have to give', async () => {
  const detail =
    'No portfolio keeps all limits. The smallest change that lets one through: the least of BOND from 12.5% to 9%.';
  const errors = [
    { pointer: '/bounds/b/least', detail: 'At least 9% would do.' },
    { pointer: '/classes/cash/most', detail: 'At most 40% would do.' },
  ];
  const sent = show('advice', {
    'GET /portfolios/p/holdings': new Problem(503, { type: '/problems/unavailable', title: 'Busy.' }),
    'GET /assets': {
      items: [{ ...asset, id: 'b', symbol: 'BOND', name: 'A bond', asset_class: 'bond' }],
      next_cursor: null,
    },
    'POST /advice': new Problem(409, {
      type: '/problems/infeasible-constraints',
      title: 'No.',
      detail,
      errors,
    }),
  });
  await userEvent.type(await screen.findByLabelText('Fall from a high'), '1');
  expect(screen.getByText('Profile: at most 25%')).toBeInTheDocument();
  await userEvent.type(screen.getByRole('combobox', { name: 'What else may be bought' }), 'bo');
  await userEvent.click(await screen.findByRole('option', { name: /BOND/ }));
  const choice = screen.getByLabelText('Least and most of an asset or class');
  await userEvent.selectOptions(choice, 'BOND');
  const bounds = screen.getByRole('group', { name: 'BOND' });
  await userEvent.type(within(bounds).getByLabelText('At least'), '12.5');
  await userEvent.click(within(bounds).getByLabelText('Sell none'));
  await userEvent.selectOptions(choice, 'All: Cash');
  const cash = screen.getByRole('group', { name: 'All: Cash' });
  expect(within(cash).queryByLabelText('Sell none')).not.toBeInTheDocument();
  await userEvent.type(within(cash).getByLabelText('At most'), '30');
  await userEvent.type(screen.getByLabelText('Turnover'), '20');
  await userEvent.type(screen.getByLabelText('Tracking error'), '5');
  await userEvent.selectOptions(screen.getByLabelText('Tracking error from'), 'BOND');
  await userEvent.click(screen.getByRole('button', { name: 'Work out an allocation' }));
  expect(await screen.findByText(detail)).toBeInTheDocument();
  expect(within(bounds).getByLabelText('At least')).toHaveAccessibleDescription(/At least 9% would do\./);
  expect(within(cash).getByLabelText('At most')).toHaveAccessibleDescription(/At most 40% would do\./);
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
    goal_id: 'g',
    asset_ids: ['b'],
    bounds: [{ asset_id: 'b', least: 0.125, most: 1, may_buy: true, may_sell: false }],
    classes: [{ asset_class: 'cash', least: 0, most: 0.3 }],
    limits: { drawdown: 0.01 },
    maximum_turnover: 0.2,
    tracking_error: { maximum: 0.05, asset_id: 'b' },
  });
  // A bound of what is no longer looked at would be refused.
  await userEvent.click(screen.getByRole('button', { name: 'Take BOND out' }));
  expect(screen.queryByRole('group', { name: 'BOND' })).not.toBeInTheDocument();
  expect(screen.getByLabelText('Tracking error from')).toHaveValue('');
});
