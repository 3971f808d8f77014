import { render, screen } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { closedReason, DayDelta, DayGain } from './day-change';

const SATURDAY = '2026-11-28';
const friday = { price_as_of: '2026-11-27', day_gain: dec('0'), day_return: 0 };
const today = { price_as_of: SATURDAY, day_gain: dec('0'), day_return: 0 };
const abroad = { ...friday, day_gain: dec('1.2'), day_return: 0.01 };
const why = 'Last price of 27 Nov 2026';

beforeEach(() => setPreference('locale', 'en-GB'));

it('knows no change of a day without a price, and says of when the last one is', () => {
  render(<DayDelta item={friday} asOf={SATURDAY} />);
  expect(screen.getByTitle(why)).toHaveTextContent('–');
  render(<DayGain item={friday} asOf={SATURDAY} currency="EUR" />);
  expect(screen.getAllByTitle(why)).toHaveLength(2);
  expect(document.body).not.toHaveTextContent('0.00');
});

it('shows a price that stood still, and a currency that moved without one', () => {
  render(<DayDelta item={today} asOf={SATURDAY} />);
  expect(screen.getByText('0.00%')).toBeInTheDocument();
  render(<DayDelta item={abroad} asOf={SATURDAY} />);
  expect(screen.getByText('+1.00%')).toBeInTheDocument();
});

it('takes a day for closed where nothing held has a price of it', () => {
  const holdings = (...items: object[]) =>
    ({ items, as_of: SATURDAY, totals: { day_gain: dec('0') } }) as never;
  expect(closedReason(holdings(friday, { ...friday, price_as_of: '2026-11-20' }))).toBe(why);
  expect(closedReason(holdings(friday, today))).toBeUndefined();
  expect(closedReason(holdings())).toBeUndefined();
  const cash = { items: [friday], as_of: SATURDAY, totals: { day_gain: dec('-0.5') } };
  expect(closedReason(cash as never)).toBeUndefined();
});
