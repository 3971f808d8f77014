import { isApiError } from '@/api/problem';
import { type Dec, isDec } from '@/lib/decimal';
import { Quantity } from '@/ui/amount';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { t } from './messages';

interface ShortageProps {
  error: Error | null;
  account: string;
  /** What booking it all the same is called here. */
  action: string;
  busy: boolean;
  onAccept: () => void;
}

export function isShortage(error: Error | null): boolean {
  return isApiError(error, 'insufficient-quantity');
}

/** The server's refusal to sell more than there is, with the way out. The figures obey privacy, so the server's sentence is not shown. */
export function Shortage({ error, account, action, busy, onAccept }: ShortageProps) {
  if (!isApiError(error, 'insufficient-quantity')) return null;
  const figure = (name: string): Dec | undefined => {
    const value = error.members[name];
    return isDec(value) ? value : undefined;
  };
  return (
    <div
      role="alert"
      ref={(element) => element?.scrollIntoView?.({ block: 'nearest' })}
      className="flex gap-3 rounded-control border border-loss p-3 text-sm"
    >
      <Icon name="warning" size={18} className="mt-0.5 shrink-0 text-loss" />
      <div className="flex min-w-0 flex-col items-start gap-2">
        <p className="font-semibold">{t('shortTitle')}</p>
        <p>
          {t('shortHeld', { account })} <Quantity value={figure('held')} />{' '}
          {String(error.members.symbol ?? '')}. {t('shortAsked')} <Quantity value={figure('asked')} />.
        </p>
        <p className="text-muted">{t('shortBody')}</p>
        <Button busy={busy} onClick={onAccept}>
          {action}
        </Button>
      </div>
    </div>
  );
}
