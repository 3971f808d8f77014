import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { disposalKindLabel } from './disposal-kinds';
import { useFirst } from './use-first';

it('shows the first rows, says how many are left, and then all', () => {
  const { result } = renderHook(() => useFirst(['a', 'b', 'c'], 2));
  expect(result.current).toMatchObject({ shown: ['a', 'b'], rest: 1, isAll: false });
  act(() => result.current.showAll());
  expect(result.current).toMatchObject({ shown: ['a', 'b', 'c'], rest: 0, isAll: true });
});

it('names a way to dispose of units, and one that it does not know by its own word', () => {
  expect(['merger', 'fee', 'melted'].map(disposalKindLabel)).toEqual(['Merger', 'Paid as fee', 'melted']);
});
