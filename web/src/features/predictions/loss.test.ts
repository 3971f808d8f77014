import { expect, it } from 'vitest';
import { loss } from './advice-messages';

it('says of what gains even in its worst cases that there is no loss, and of a rounded zero no sign', () => {
  expect([0.124, -0.001, -0.02].map(loss)).toEqual(['12%', '0%', 'no loss']);
});
