import { Link } from '@tanstack/react-router';
import type { Staleness } from '@/api/parse/predictions';
import { isApiError } from '@/api/problem';
import { type Day, formatDay } from '@/lib/dates';
import { count } from '@/lib/format';
import { StaleBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { Icon } from '@/ui/icon';
import { t } from './messages';

const REFUSALS = ['too-little-history', 'never-moved', 'nothing-to-forecast', 'nothing-in-common'];
const OLD_CLOSES = 'old_closes';
const OLD_WEIGHTS = 'old_weights';

/** Whether what was asked for cannot be forecast as it is: asked for again, it would be refused again. */
export function isRefusal(error: Error): boolean {
  return REFUSALS.some((slug) => isApiError(error, slug));
}

/** What a forecast does not know yet: closes since the one it begins at, or years since its model learned. */
export function StaleNotes({ asOf, staleness }: { asOf: Day; staleness: Staleness }) {
  const codes = new Set(staleness.reasons.map(({ code }) => code));
  return (
    <>
      {codes.has(OLD_CLOSES) && (
        <p className="mb-2 flex flex-wrap items-center gap-2 text-sm" role="status">
          <StaleBadge asOf={asOf} />
          <span className="font-medium">{t('oldTitle', { day: formatDay(asOf) })}</span>
          <span className="text-muted">{t('oldBody')}</span>
        </p>
      )}
      {codes.has(OLD_WEIGHTS) && (
        <p className="mb-2 flex flex-wrap items-center gap-2 text-sm" role="status">
          <span className="font-medium">{t('oldModelTitle')}</span>
          <span className="text-muted">
            {t('oldModelBody', { days: count(staleness.weights_age_days ?? 0) })}
          </span>
        </p>
      )}
    </>
  );
}

interface RefusedProps {
  error: Error;
  /** Where what is missing is put: an asset or a portfolio, and its name. */
  to: { kind: 'asset' | 'portfolio'; id: string };
  name: string;
}

/** Nothing is forecast of so little: what is needed, and where to put it. */
export function Refused({ error, to, name }: RefusedProps) {
  const isShort = isApiError(error, 'too-little-history');
  return (
    <Card>
      <Empty
        icon="calendar"
        title={t(isShort ? 'tooLittle' : 'nothingToForecast')}
        action={
          <Link
            to={to.kind === 'asset' ? '/assets/$id' : '/portfolios/$id'}
            params={{ id: to.id }}
            className={buttonClass('primary')}
          >
            <Icon name="chart" size={18} />
            {t('openAsset', { name })}
          </Link>
        }
      >
        <p>{error.message}</p>
        {isShort && <p className="mt-1">{t('tooLittleBody')}</p>}
      </Empty>
    </Card>
  );
}
