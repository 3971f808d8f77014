import { useSyncExternalStore } from 'react';
import { asText, asTexts, oneOf, type Parse, read, write } from './storage';

export const THEMES = ['system', 'light', 'dark'] as const;
export const PALETTES = ['blue-orange', 'red-green', 'east-asian'] as const;
export const PRIVACY_LEVELS = ['show', 'hide', 'scramble'] as const;
export type Theme = (typeof THEMES)[number];
export type Palette = (typeof PALETTES)[number];
export type Privacy = (typeof PRIVACY_LEVELS)[number];

interface Preferences {
  theme: Theme;
  palette: Palette;
  privacy: Privacy;
  /** BCP 47; empty means the browser's. */
  locale: string;
  hotkeys: 'on' | 'off';
  portfolio: string;
  range: string;
  /** Hidden columns of the transactions table. */
  columns: string[];
  /** Hidden columns of the holdings table. */
  holdingColumns: string[];
}

const DEFAULTS: Preferences = {
  theme: 'system',
  palette: 'blue-orange',
  privacy: 'show',
  locale: '',
  hotkeys: 'on',
  portfolio: '',
  range: '1Y',
  columns: [],
  holdingColumns: [
    'asset_class',
    'average_price',
    'cost_basis',
    'unrealised_gain_price',
    'unrealised_gain_fx',
    'realised_gain',
    'income',
  ],
};

const PARSERS: { [K in keyof Preferences]: Parse<Preferences[K]> } = {
  theme: oneOf(THEMES),
  palette: oneOf(PALETTES),
  privacy: oneOf(PRIVACY_LEVELS),
  locale: asText,
  hotkeys: oneOf(['on', 'off']),
  portfolio: asText,
  range: asText,
  columns: asTexts,
  holdingColumns: asTexts,
};

const current = new Map<string, unknown>();
const listeners = new Set<() => void>();

export function preference<K extends keyof Preferences>(name: K): Preferences[K] {
  if (!current.has(name)) current.set(name, read(name, PARSERS[name]) ?? DEFAULTS[name]);
  return current.get(name) as Preferences[K];
}

export function setPreference<K extends keyof Preferences>(name: K, value: Preferences[K]): void {
  current.set(name, value);
  write(name, value);
  showOnPage();
  for (const listener of listeners) listener();
}

/** Forgets what is kept in memory, so that the next reading is of the storage: another tab wrote, or a test. */
export function reloadPreferences(): void {
  current.clear();
  showOnPage();
  for (const listener of listeners) listener();
}

export function usePreference<K extends keyof Preferences>(
  name: K,
): [Preferences[K], (value: Preferences[K]) => void] {
  const value = useSyncExternalStore(subscribe, () => preference(name));
  return [value, (next) => setPreference(name, next)];
}

export function usePrivacy(): Privacy {
  return usePreference('privacy')[0];
}

/** The theme that is shown: the chosen one, or the system's. */
export function shownTheme(): 'light' | 'dark' {
  const theme = preference('theme');
  if (theme !== 'system') return theme;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function showOnPage(): void {
  const { dataset } = document.documentElement;
  dataset.theme = shownTheme();
  dataset.palette = preference('palette');
  dataset.privacy = preference('privacy');
  const colour = dataset.theme === 'dark' ? '#0b1220' : '#f6f8fa';
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', colour);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the system's theme and what other tabs choose. */
export function followPreferences(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showOnPage);
  addEventListener('storage', (event) => {
    if (event.key === null || event.key.startsWith('fs.')) reloadPreferences();
  });
}
