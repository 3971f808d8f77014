import type { ReactNode } from 'react';
import { type Day, formatDay } from '@/lib/dates';
import { cx } from './class';
import { Icon, type IconName } from './icon';
import { t } from './messages';

const TONES = {
  neutral: 'border-line text-muted',
  accent: 'border-accent text-accent',
  warning: 'border-loss text-loss',
  danger: 'border-danger text-danger',
} as const;

interface BadgeProps {
  tone?: keyof typeof TONES;
  icon?: IconName;
  title?: string;
  children: ReactNode;
}

export function Badge({ tone = 'neutral', icon, title, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex items-center gap-1 whitespace-nowrap rounded-full border px-2 text-[0.6875rem] leading-[1.125rem]',
        TONES[tone],
      )}
    >
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

/** Beside an old figure: the figure stays, the badge says how old it is. */
export function StaleBadge({ asOf }: { asOf: Day | null }) {
  return (
    <Badge tone="warning" {...(asOf ? { title: t('staleSince', { day: formatDay(asOf) }) } : {})}>
      {t('stale')}
      {asOf && <span className="sr-only">{t('staleSince', { day: formatDay(asOf) })}</span>}
    </Badge>
  );
}

export function SimulatedBadge() {
  return <Badge>{t('simulated')}</Badge>;
}
