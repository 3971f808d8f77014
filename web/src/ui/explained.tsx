import type { ReactNode } from 'react';
import type { Asked } from '@/api/parse/explanations';
import { useExplain } from './explain-state';
import { t } from './messages';

/** A figure that tells how it came about. It looks like any other until it is pointed at or has the focus. */
export function Explained({ asked, children }: { asked: Asked; children: ReactNode }) {
  const explain = useExplain();
  return (
    <button
      type="button"
      title={t('explain')}
      aria-haspopup="dialog"
      onClick={() => explain(asked)}
      className="group/explain -my-0.5 inline-flex min-h-6 min-w-6 max-w-full cursor-pointer items-center rounded-sm text-inherit [text-align:inherit]"
    >
      <span className="grow border-transparent border-b border-dotted group-hover/explain:border-control group-focus-visible/explain:border-control">
        {children}
      </span>
    </button>
  );
}
