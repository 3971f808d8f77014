import { preference } from './preferences';

/** The pseudo-language: English with accents and brackets, which shows text that never passed t(). */
export const PSEUDO = 'en-XA';

/** What the person chose, else the browser's language. */
export function locale(): string {
  return preference('locale') || navigator.language || 'en';
}

/** For Intl: the pseudo-language counts and writes dates as English does. */
export function formatLocale(): string {
  const chosen = locale();
  return chosen === PSEUDO ? 'en' : chosen;
}
