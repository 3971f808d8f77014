import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon';

interface EmptyProps {
  icon?: IconName;
  /** What would be here. */
  title: string;
  /** Why it is not, in one sentence. */
  children?: ReactNode;
  /** One thing to do about it. */
  action?: ReactNode;
}

export function Empty({ icon = 'spark', title, children, action }: EmptyProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-10 text-center">
      <span className="mb-1 flex size-11 items-center justify-center rounded-full bg-wash text-accent">
        <Icon name={icon} size={22} />
      </span>
      <p className="font-semibold">{title}</p>
      {children && <div className="text-muted text-sm">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
