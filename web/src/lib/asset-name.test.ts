import { expect, it } from 'vitest';
import { assetLabel, nameBeside, symbolOf } from './asset-name';

const uuid = '7e91b7d4-1430-4212-8380-289a06c9bbc1';

it.each([
  [{ symbol: 'OAK', name: 'Old Oak Fund' }, 'OAK', 'Old Oak Fund', 'OAK · Old Oak Fund'],
  [{ symbol: 'OAK', name: 'OAK' }, 'OAK', undefined, 'OAK'],
  [{ symbol: uuid, name: 'Flat' }, 'Flat', undefined, 'Flat'],
  [{ symbol: uuid.toUpperCase(), name: 'Flat' }, 'Flat', undefined, 'Flat'],
  // Without a name the UUID is all there is.
  [{ symbol: uuid, name: '' }, uuid, undefined, uuid],
  [{ symbol: uuid, name: uuid }, uuid, undefined, uuid],
  [{ symbol: null, name: null }, '', undefined, ''],
])('calls %o as people do', (asset, word, beside, label) => {
  expect([symbolOf(asset), nameBeside(asset), assetLabel(asset)]).toEqual([word, beside, label]);
});
