import { t } from './messages';

/** How late a run began: seconds as long as they can be grasped, then minutes. */
export function lagText(seconds: number): string {
  return seconds < 120
    ? t('lag', { count: Math.round(seconds) })
    : t('lagMinutes', { count: Math.round(seconds / 60) });
}

/** The age of a price or rate in words. */
export function ageText(days: number | null): string {
  if (days === null) return t('unknown');
  return days === 0 ? t('today') : t('ageDays', { count: days });
}
