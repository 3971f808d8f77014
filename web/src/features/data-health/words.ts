import { t } from './messages';

/** The age of a price or rate in words. */
export function ageText(days: number | null): string {
  if (days === null) return t('unknown');
  return days === 0 ? t('today') : t('ageDays', { count: days });
}
