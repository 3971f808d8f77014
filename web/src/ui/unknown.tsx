import { UNKNOWN } from '@/lib/format';
import { t } from './messages';

/** A figure that is not known: a dash and its reason, never a zero. */
export function Unknown({ reason }: { reason?: string | undefined }) {
  return (
    <span className="text-muted" title={reason}>
      <span aria-hidden="true">{UNKNOWN}</span>
      <span className="sr-only">{reason ? t('unknown', { reason }) : t('unknownPlain')}</span>
    </span>
  );
}
