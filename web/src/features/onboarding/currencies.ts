// A guess saves most people a choice; it is only ever a preselection.

const BY_REGION: Readonly<Record<string, string>> = {
  US: 'USD',
  CA: 'CAD',
  GB: 'GBP',
  CH: 'CHF',
  LI: 'CHF',
  JP: 'JPY',
  AU: 'AUD',
  NZ: 'NZD',
  SE: 'SEK',
  NO: 'NOK',
  DK: 'DKK',
  PL: 'PLN',
  CZ: 'CZK',
  HU: 'HUF',
  RO: 'RON',
  BG: 'BGN',
  TR: 'TRY',
  IN: 'INR',
  CN: 'CNY',
  HK: 'HKD',
  SG: 'SGD',
  KR: 'KRW',
  BR: 'BRL',
  MX: 'MXN',
  ZA: 'ZAR',
  IL: 'ILS',
  TH: 'THB',
  ID: 'IDR',
  MY: 'MYR',
  PH: 'PHP',
};
const EURO = 'AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK'.split(' ');
const COMMON = ['EUR', 'USD', 'GBP', 'CHF'];
const FALLBACK = 'EUR';

/** The currency of the first language's region, if it is offered. */
export function guessCurrency(languages: readonly string[], offered: readonly string[]): string {
  for (const language of languages) {
    const region = new Intl.Locale(language).maximize().region ?? '';
    const code = EURO.includes(region) ? 'EUR' : BY_REGION[region];
    if (code && offered.includes(code)) return code;
  }
  return offered.includes(FALLBACK) ? FALLBACK : (offered[0] ?? FALLBACK);
}

/** The common ones first, the others by code. */
export function orderCurrencies<T extends { code: string }>(currencies: readonly T[]): T[] {
  const rank = ({ code }: T) => (COMMON.includes(code) ? COMMON.indexOf(code) : COMMON.length);
  return [...currencies].sort((a, b) => rank(a) - rank(b) || a.code.localeCompare(b.code));
}
