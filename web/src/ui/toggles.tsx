import { setPreference, shownTheme, usePreference } from '@/lib/preferences';
import { IconButton } from './button';
import { t } from './messages';

export function ThemeToggle() {
  usePreference('theme');
  const next = shownTheme() === 'dark' ? 'light' : 'dark';
  return (
    <IconButton
      icon={next === 'dark' ? 'moon' : 'sun'}
      label={t(next)}
      onClick={() => setPreference('theme', next)}
    />
  );
}

export function PrivacyToggle() {
  const [privacy, setPrivacy] = usePreference('privacy');
  const isShown = privacy === 'show';
  return (
    <IconButton
      icon={isShown ? 'eye' : 'eyeOff'}
      label={t(isShown ? 'hideAmounts' : 'showAmounts')}
      onClick={() => setPrivacy(isShown ? 'hide' : 'show')}
    />
  );
}
