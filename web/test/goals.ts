/** A goal of a portfolio as the API lists it. */
export const goal = {
  id: 'g',
  portfolio_id: 'p',
  name: 'House',
  target_amount: '20000',
  target_on: '2034-06-01',
  monthly_contribution: '100',
  fee_rate: 0.002,
  inflation_rate: 0.02,
  created_at: '2026-11-20T10:00:00Z',
};
