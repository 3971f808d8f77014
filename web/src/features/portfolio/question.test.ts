import { expect, it } from 'vitest';
import { questionOf, splitScope } from './question';
import { SEARCH } from './search';

const nothing = { scope: undefined, timing: SEARCH.timing(undefined), fees: undefined, benchmark: undefined };

it('asks for the whole portfolio under its own policies when the URL says nothing', () => {
  expect(questionOf(nothing)).toEqual({});
});

it('asks for what the URL says', () => {
  expect(questionOf({ scope: 'account:A:B', timing: 'mid', fees: 'apart', benchmark: 'i' })).toEqual({
    account: 'A:B',
    flow_timing: 'mid',
    fees_in_cost: false,
    benchmark: 'i',
  });
  expect(questionOf({ ...nothing, scope: 'asset:x', fees: 'in' })).toEqual({
    asset_id: 'x',
    fees_in_cost: true,
  });
  expect(questionOf({ ...nothing, scope: 'tag:t' })).toEqual({ tag: 't' });
});

it('reads nonsense as the default', () => {
  expect(SEARCH.scope('account:')).toBeUndefined();
  expect(SEARCH.scope('what:ever')).toBeUndefined();
  expect(SEARCH.metric('irr')).toBe('twr');
  expect(SEARCH.timing(3)).toBe('inflow_start_outflow_end');
  expect(splitScope(undefined)).toEqual(['portfolio', '']);
});
