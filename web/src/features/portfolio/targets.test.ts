import { expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { sharesOf, typedOf } from './targets';

it('reads percent as typed into exact fractions, and leaves out what is empty or nothing', () => {
  expect([...(sharesOf({ a: '33.3', b: '', c: '0', d: '100' }, 'en-US') ?? [])]).toEqual([
    ['a', '0.333'],
    ['d', '1'],
  ]);
  expect([...(sharesOf({ a: '12,5' }, 'de-DE') ?? [])]).toEqual([['a', '0.125']]);
});

it('has no shares where something is no share', () => {
  for (const text of ['x', '-1', '100.1']) expect(sharesOf({ a: text }, 'en-US')).toBeUndefined();
});

it('begins with the shares as the person writes numbers, so that they are read back as they are', () => {
  setPreference('locale', 'de-DE');
  const typed = typedOf([
    { key: 'a', target: dec('0.125') },
    { key: 'b', target: null },
    { key: 'c', target: dec('0') },
  ]);
  expect(typed).toEqual({ a: '12,5', b: '', c: '' });
  expect([...(sharesOf(typed, 'de-DE') ?? [])]).toEqual([['a', '0.125']]);
});
