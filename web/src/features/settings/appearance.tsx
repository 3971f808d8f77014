import { dec } from '@/lib/decimal';
import { MOD } from '@/lib/hotkeys';
import { PSEUDO } from '@/lib/locale';
import { type Palette, usePreference } from '@/lib/preferences';
import { Delta, Gain } from '@/ui/delta';
import { Segmented } from '@/ui/segmented';
import { Select } from '@/ui/select';
import { t } from './messages';
import { Setting, SettingsCard } from './section';

const LOCALES = [
  'en-US',
  'en-GB',
  'de-DE',
  'de-CH',
  'fr-FR',
  'es-ES',
  'it-IT',
  'nl-NL',
  'pt-BR',
  'pl-PL',
  'sv-SE',
  'en-IN',
  'ja-JP',
];
const SAMPLE = { up: 0.0123, down: -0.0123, gain: dec('1234.5'), currency: 'EUR' };

export function Appearance() {
  const [theme, setTheme] = usePreference('theme');
  const [palette, setPalette] = usePreference('palette');
  const [hotkeys, setHotkeys] = usePreference('hotkeys');
  return (
    <SettingsCard title={t('appearance')}>
      <Setting label={t('theme')}>
        <Segmented
          label={t('theme')}
          value={theme}
          onChange={setTheme}
          choices={[
            { value: 'system', label: t('themeSystem') },
            { value: 'light', label: t('themeLight') },
            { value: 'dark', label: t('themeDark') },
          ]}
        />
      </Setting>
      <Setting label={t('palette')} note={t('paletteNote')}>
        <div className="flex flex-col gap-2">
          <Select
            aria-label={t('palette')}
            value={palette}
            onChange={(event) => setPalette(event.target.value as Palette)}
            choices={[
              { value: 'blue-orange', label: t('paletteBlueOrange') },
              { value: 'red-green', label: t('paletteRedGreen') },
              { value: 'east-asian', label: t('paletteEastAsian') },
            ]}
          />
          <p className="flex gap-3 text-sm">
            <span className="sr-only">{t('sample')}</span>
            <Delta value={SAMPLE.up} />
            <Delta value={SAMPLE.down} />
            <Gain value={SAMPLE.gain} currency={SAMPLE.currency} />
          </p>
        </div>
      </Setting>
      <LocaleSetting />
      <Setting label={t('hotkeys')} note={t('hotkeysNote', { mod: MOD })}>
        <input
          type="checkbox"
          aria-label={t('hotkeys')}
          className="size-5 accent-accent"
          checked={hotkeys === 'on'}
          onChange={(event) => setHotkeys(event.target.checked ? 'on' : 'off')}
        />
      </Setting>
    </SettingsCard>
  );
}

function LocaleSetting() {
  const [locale, setLocale] = usePreference('locale');
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const choose = (next: string) => {
    setLocale(next);
    // Formats and texts are read once for a page; a fresh page is simpler than a second source of truth.
    location.reload();
  };
  return (
    <Setting label={t('locale')} note={t('localeNote')}>
      <Select
        aria-label={t('locale')}
        className="max-w-64"
        value={locale}
        onChange={(event) => choose(event.target.value)}
        choices={[
          {
            value: '',
            label: t('localeBrowser', { name: names.of(navigator.language) ?? navigator.language }),
          },
          ...LOCALES.map((value) => ({ value, label: names.of(value) ?? value })),
          { value: PSEUDO, label: t('localePseudo') },
        ]}
      />
    </Setting>
  );
}
