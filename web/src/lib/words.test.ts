import { beforeEach, describe, expect, it } from 'vitest';
import { csv } from './csv';
import { messages } from './i18n';
import { preference, reloadPreferences, setPreference } from './preferences';
import { asTexts, oneOf, read, write } from './storage';

beforeEach(() => {
  localStorage.clear();
  reloadPreferences();
});

describe('t()', () => {
  const t = messages({ hello: 'Hello {name}', rows: { one: '{count} row', other: '{count} rows' } });

  it('fills places and chooses plural forms', () => {
    setPreference('locale', 'en-US');
    expect(t('hello', { name: 'Ada' })).toBe('Hello Ada');
    expect([0, 1, 1200].map((count) => t('rows', { count }))).toEqual(['0 rows', '1 row', '1,200 rows']);
  });

  it('marks every text in the test language and leaves the places alone', () => {
    setPreference('locale', 'en-XA');
    expect(t('hello', { name: 'Ada' })).toBe('[Hélló Ada]');
  });

  it('shows a place whose value is missing instead of nothing', () => {
    expect(t('hello')).toContain('{name}');
  });
});

describe('storage', () => {
  it('gives back what it keeps', () => {
    write('columns', ['a']);
    expect(read('columns', asTexts)).toEqual(['a']);
    expect(localStorage.getItem('fs.columns')).toBe('{"v":1,"d":["a"]}');
  });

  it.each(['{', '"dark"', '{"v":2,"d":"dark"}', '{"v":1,"d":"pink"}', 'null'])('ignores %s', (stored) => {
    localStorage.setItem('fs.theme', stored);
    expect(read('theme', oneOf(['light', 'dark']))).toBeUndefined();
    expect(preference('theme')).toBe('system');
  });

  it('shows a preference on the page at once', () => {
    setPreference('theme', 'dark');
    setPreference('privacy', 'hide');
    expect(document.documentElement.dataset).toMatchObject({ theme: 'dark', privacy: 'hide' });
  });
});

describe('csv', () => {
  it('quotes, and defuses formulas but not negative numbers', () => {
    expect(
      csv([
        ['a,b', 'say "x"'],
        ['=1+1', '-5.2'],
        ['-cmd', '@x'],
      ]),
    ).toBe('"a,b","say ""x"""\r\n\'=1+1,-5.2\r\n\'-cmd,\'@x');
  });
});
