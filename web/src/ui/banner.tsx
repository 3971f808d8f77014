import type { ReactNode } from 'react';
import { cx } from './class';
import { Icon, type IconName } from './icon';

interface BannerProps {
  tone?: 'neutral' | 'warning';
  icon?: IconName;
  children: ReactNode;
  action?: ReactNode;
}

/** A line across the page about the state it is in: offline, demo, scrambled. */
export function Banner({ tone = 'neutral', icon = 'info', children, action }: BannerProps) {
  return (
    <div
      role="status"
      data-print="hide"
      className={cx(
        'flex min-h-11 flex-wrap items-center gap-x-3 border-b px-4 py-1 text-sm md:px-6',
        tone === 'warning' ? 'border-loss bg-panel' : 'border-line bg-panel',
      )}
    >
      <Icon
        name={icon}
        size={16}
        className={`shrink-0 ${tone === 'warning' ? 'text-loss' : 'text-accent'}`}
      />
      <span className="min-w-0 grow basis-24 py-1">{children}</span>
      {action}
    </div>
  );
}
