import { messages } from '@/lib/i18n';

const WORDS = {
  coingecko: 'CoinGecko',
  stooq: 'Stooq',
  yahoo: 'Yahoo Finance',
  exchanges: 'Exchange',
  json: 'JSON source',
  ecb: 'European Central Bank',
  frankfurter: 'Frankfurter',
  feeds: 'Feeds',
  'coingecko-news': 'CoinGecko news',
  newsapi: 'NewsAPI',
  cryptopanic: 'CryptoPanic',
  gdelt: 'GDELT',
} as const;
const t = messages(WORDS);

const NO_PRICES: Readonly<Record<string, 'headlines' | 'rates'>> = {
  feeds: 'headlines',
  'coingecko-news': 'headlines',
  newsapi: 'headlines',
  cryptopanic: 'headlines',
  gdelt: 'headlines',
  ecb: 'rates',
  frankfurter: 'rates',
};

/** What a provider gives instead of prices of assets; undefined where it is asked for prices. */
export function givesInstead(name: string): 'headlines' | 'rates' | undefined {
  return NO_PRICES[name];
}

function isKnown(name: string): name is keyof typeof WORDS {
  return Object.hasOwn(WORDS, name);
}

/** A provider by its name; what this version does not know, as the server calls it. */
export function providerLabel(name: string): string {
  return isKnown(name) ? t(name) : name;
}
