import { messages } from '@/lib/i18n';

export const t = messages({
  title: 'Search the market',
  note: 'What you have and what providers know, each asset once',
  field: 'Symbol, ISIN or name',
  hint: 'bitcoin, SAP, DE0007164600…',
  startTitle: 'What are you looking for?',
  startBody: 'Type a symbol, an ISIN or a part of a name. From two characters on providers are asked too.',
  found: { one: '{count} asset found', other: '{count} assets found' },
  foundHere: {
    one: '{count} asset found here. Providers could not be asked.',
    other: '{count} assets found here. Providers could not be asked.',
  },
  searching: 'Asking providers…',
  noneTitle: 'Nothing found',
  noneBody: 'Neither here nor at the providers that were asked. An asset nobody lists can be added by hand.',
  addByHand: 'Add by hand',
  ambiguous: 'Several assets are called {symbols}. Look at name, market and provider before you choose.',
  failed: '{provider} could not be asked: {detail}',
  asked: 'Asked: {providers}',
  askedNobody: 'No provider that can search is set up.',
  results: 'Results',
  yours: 'Yours',
  open: 'Open',
  add: 'Add',
  addNamed: 'Add {symbol}, {name}',
  addTitle: 'Add {symbol}',
  addTitlePlain: 'Add an asset',
  addNote: 'It becomes an asset of your own.',
  addNoteAsked: 'It becomes an asset of your own. Its history is asked for at once, at {provider}.',
  symbol: 'Symbol',
  name: 'Name',
  assetClass: 'Class',
  currency: 'Currency',
  currencyHint: 'In which its prices are asked for and shown.',
  required: 'Enter something here.',
  exists: 'You have an asset with this symbol and currency already.',
  openIt: 'Open it',
  cancel: 'Cancel',
  coingecko: 'CoinGecko',
  yahoo: 'Yahoo Finance',
  stooq: 'Stooq',
  exchanges: 'Exchange',
});

/** A provider by its name; what this version does not know, as the server calls it. */
export function providerLabel(name: string): string {
  const known = (['coingecko', 'yahoo', 'stooq', 'exchanges'] as const).find((one) => one === name);
  return known ? t(known) : name;
}
