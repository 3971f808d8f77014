import { recorded } from '@test/transactions';
import { expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { transactionsCsv } from './export';
import { CLEARED, countFilters, filterOf, SEARCH, type Search } from './filters';
import { sumsOf } from './postings';

const parse = (search: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(SEARCH).map(([name, read]) => [name, (read as (v: unknown) => unknown)(search[name])]),
  ) as Search;

it('turns nonsense in the address into the default', () => {
  const search = parse({ type: 'theft', period: '12', sort: 'colour', reversed: 'yes', query: 5 });
  expect(search).toMatchObject({
    type: undefined,
    period: 'Max',
    sort: '-day',
    reversed: undefined,
    query: '5',
  });
});

it('asks for all days without an end, and for a period with both ends', () => {
  expect(filterOf(parse({}), '2026-03-04')).toMatchObject({ from: undefined, to: undefined, sort: '-day' });
  expect(filterOf(parse({ period: '1M', type: 'buy' }), '2026-03-04')).toMatchObject({
    type: 'buy',
    from: '2026-02-04',
    to: '2026-03-04',
  });
});

it('counts what narrows the list, and clears exactly that', () => {
  const search = parse({ type: 'buy', account: 'A', query: 'x', period: 'YTD', reversed: true, sort: 'day' });
  expect(countFilters(search)).toBe(4);
  expect(countFilters(parse({ ...search, ...CLEARED }))).toBe(0);
});

it('exports the columns that an import reads, exact and harmless', () => {
  const [header, row] = transactionsCsv([{ ...recorded, note: '=HYPERLINK("x")', tags: ['a', 'b'] }]).split(
    '\r\n',
  );
  expect(header).toMatch(/^date,executed_at,type,symbol,quantity,unit_price,gross,fee/);
  expect(row).toContain('2026-03-04,2026-03-04T09:00:00Z,buy,ABC,3,0.1,0.3,1.5');
  expect(row).toContain('"\'=HYPERLINK(""x"")"');
  expect(row).toContain('a|b');
});

it('sums postings per asset without a float', () => {
  const posting = (asset: string, asset_id: string | null, amount: string) => ({
    kind: 'asset',
    account: 'A',
    asset,
    asset_id,
    amount: dec(amount),
  });
  const sums = sumsOf([
    posting('EUR', null, '-0.3'),
    posting('EUR', null, '0.1'),
    posting('EUR', null, '0.2'),
  ]);
  expect(sums).toEqual([{ asset: 'EUR', isMoney: true, sum: '0' }]);
});
