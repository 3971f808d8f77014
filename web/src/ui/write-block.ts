import { usePrivacy } from '@/lib/preferences';
import { t } from './messages';
import { useUi } from './ui-context';

/** Why nothing may be written or exported now, in words; undefined where it may. Forms disable their button by it. */
export function useWriteBlock(): string | undefined {
  const privacy = usePrivacy();
  const { isOnline } = useUi();
  if (!isOnline) return t('blockedOffline');
  return privacy === 'scramble' ? t('blockedScrambled') : undefined;
}
