import { describe, expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { moneyByCurrency } from './cash';
import { paidIn } from './history-card';
import { movers } from './movers-card';

type Line = Parameters<typeof moneyByCurrency>[0]['cash'][number];
const line = (currency: string, amount: string, value: string | null, day = '2026-11-25'): Line => ({
  account: amount,
  currency,
  amount: dec(amount),
  value: value === null ? null : dec(value),
  rate: null,
  rate_as_of: day,
});

describe('money by currency', () => {
  it('adds accounts up, the largest value first, and what has no rate last', () => {
    const cash = [
      line('JPY', '900', null),
      line('USD', '3', '2.7'),
      line('EUR', '1.1', '1.1'),
      line('EUR', '2.2', '2.2'),
    ];
    expect(moneyByCurrency({ cash, as_of: '2026-11-25' })).toMatchObject([
      { currency: 'EUR', amount: '3.3', value: '3.3', accounts: ['1.1', '2.2'] },
      { currency: 'USD', value: '2.7' },
      { currency: 'JPY', amount: '900', value: null },
    ]);
  });

  it('has no value where that of one account is not known', () => {
    const cash = [line('USD', '1', null), line('USD', '2', '1.8')];
    expect(moneyByCurrency({ cash, as_of: '2026-11-25' })).toMatchObject([{ amount: '3', value: null }]);
  });

  it('is stale from the sixth day of a rate on', () => {
    const of = (day: string) =>
      moneyByCurrency({ cash: [line('USD', '1', '1', day)], as_of: '2026-11-25' })[0];
    expect([of('2026-11-20')?.isStale, of('2026-11-19')?.isStale]).toEqual([false, true]);
  });
});

describe('paid in', () => {
  const series = (flow: (string | null)[]) => ({
    days: flow.map((_, i) => `2026-01-0${i + 1}`),
    flow: flow.map((one) => (one === null ? null : dec(one))),
    value: [],
    invested: [],
    twr: [],
    drawdown: [],
  });

  it('starts from the value of the first day, whose flow is in it', () => {
    expect(paidIn({ start_value: dec('100'), series: series(['40', '0.1', '-0.3']) })).toEqual([
      '100',
      '100.1',
      '99.8',
    ]);
  });

  it('is not known from the first unknown flow on', () => {
    expect(paidIn({ start_value: dec('1'), series: series(['0', null, '1']) })).toEqual(['1', null, null]);
  });
});

describe('movers', () => {
  type Item = Parameters<typeof movers>[0][number];
  const item = (symbol: string, day_return: number | null, is_stale = false) =>
    ({ symbol, day_return, is_stale }) as Item;

  it('are the four strongest each way, without what stood still or has no new price', () => {
    const moves = [0.01, 0.05, -0.02, 0.03, -0.07, 0.04, 0.02, 0, null];
    const { up, down } = movers([...moves.map((move, i) => item(`S${i}`, move)), item('OLD', 0.9, true)]);
    expect(up.map(({ day_return }) => day_return)).toEqual([0.05, 0.04, 0.03, 0.02]);
    expect(down.map(({ day_return }) => day_return)).toEqual([-0.07, -0.02]);
  });
});
