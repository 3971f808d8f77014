import type { RiskProfile } from '@/api/parse/advice';
import { percent } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { t } from './advice-messages';
import { LIMIT_NAMES } from './wish';

type LimitName = (typeof LIMIT_NAMES)[number];

const LABELS = {
  drawdown: 'limitDrawdown',
  crypto: 'limitCrypto',
  one_asset: 'limitOneAsset',
  cash_months: 'limitCash',
} as const;

/** A limit in words: "at most 15%", "3 months of spending". */
export function limitText(name: LimitName, value: number): string {
  return name === 'cash_months' ? t('months', { count: value }) : t('atMost', { value: percent(value, 0) });
}

interface LimitsProps {
  limits: Pick<NonNullable<RiskProfile['limits']>, LimitName>;
  /** Those that are one's own and not the profile's. */
  own?: readonly string[];
  className: string;
}

/** The four limits, each with its name. */
export function Limits({ limits, own = [], className }: LimitsProps) {
  return (
    <dl className={`text-sm ${className}`}>
      {LIMIT_NAMES.map((name) => (
        <div key={name} className="flex justify-between gap-3">
          <dt className="text-muted">{t(LABELS[name])}</dt>
          <dd className="text-end">
            {limitText(name, limits[name])} {own.includes(name) && <Badge tone="accent">{t('yours')}</Badge>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
