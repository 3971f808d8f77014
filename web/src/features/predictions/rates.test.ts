import { expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { perCent, share } from './rates';

it.each([
  ['4.3', 0.043],
  ['0', 0],
  ['-1.25', -0.0125],
  ['28', 0.28],
  ['100', 1],
])('%s per cent is %d, and back', (text, fraction) => {
  expect(share(dec(text))).toBe(fraction);
  expect(perCent(fraction)).toBe(text);
});
