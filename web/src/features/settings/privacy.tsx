import { PRIVACY_LEVELS, usePreference } from '@/lib/preferences';
import { t } from './messages';
import { SettingsCard } from './section';

const TEXTS = {
  show: ['privacyShow', 'privacyShowNote'],
  hide: ['privacyHide', 'privacyHideNote'],
  scramble: ['privacyScramble', 'privacyScrambleNote'],
} as const;

export function Privacy() {
  const [privacy, setPrivacy] = usePreference('privacy');
  return (
    <SettingsCard title={t('privacy')}>
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">{t('privacy')}</legend>
        {PRIVACY_LEVELS.map((level) => {
          const [label, note] = TEXTS[level];
          return (
            <label
              key={level}
              className="flex cursor-pointer items-start gap-3 rounded-control border border-line p-3 has-checked:border-accent"
            >
              <input
                type="radio"
                name="privacy"
                className="mt-0.5 size-4.5 accent-accent"
                checked={privacy === level}
                onChange={() => setPrivacy(level)}
              />
              <span>
                <span className="block font-medium">{t(label)}</span>
                <span className="block max-w-prose text-muted text-xs">{t(note)}</span>
              </span>
            </label>
          );
        })}
      </fieldset>
    </SettingsCard>
  );
}
