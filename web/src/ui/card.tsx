import { type ReactNode, useEffect, useId } from 'react';
import { cx } from './class';

interface CardProps {
  title?: ReactNode;
  /** Beside the title: a link, a switch. */
  action?: ReactNode;
  /** No padding around the body: for tables. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Card({ title, action, flush, className, children }: CardProps) {
  const id = useId();
  return (
    <section
      className={cx('card flex min-w-0 flex-col', flush && 'overflow-hidden', className)}
      aria-labelledby={title ? id : undefined}
    >
      {title && (
        <div className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 gap-y-1 px-4 pt-2 pb-1">
          <h2 id={id} className="font-semibold text-sm">
            {title}
          </h2>
          {action}
        </div>
      )}
      <div className={cx('min-w-0 grow', !flush && (title ? 'px-4 pb-4' : 'p-4'))}>{children}</div>
    </section>
  );
}

interface StatProps {
  label: ReactNode;
  children: ReactNode;
  /** Under the figure: a change, an as-of day. */
  note?: ReactNode;
}

/** One figure with its name. Put several in a `StatRow`. */
export function Stat({ label, children, note }: StatProps) {
  return (
    <div className="@container flex min-w-0 flex-col gap-0.5 bg-panel px-4 py-3">
      <dt className="text-muted text-xs">{label}</dt>
      <dd className="h-7 font-semibold text-[length:clamp(0.9375rem,10cqi,1.25rem)] leading-7 tracking-tight">
        {children}
      </dd>
      {note !== undefined && (
        // A pixel lower than it would be: the figure above is a target, and so is one in the note.
        <dd className="relative top-px min-h-5 text-muted text-xs leading-5">{note}</dd>
      )}
    </div>
  );
}

/** Figures side by side in one card, parted by hairlines. */
export function StatRow({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl
      className={cx(
        'card grid grid-cols-2 gap-px overflow-hidden bg-line [&>*:last-child:nth-child(odd)]:col-span-2',
        // Over both columns it has twice the room, and is no more than the others.
        'max-md:[&>*:last-child:nth-child(odd)>dd:first-of-type]:text-[length:clamp(0.9375rem,5cqi,1.25rem)]',
        'md:auto-cols-fr md:grid-flow-col md:grid-cols-none md:[&>*:last-child:nth-child(odd)]:col-span-1',
        className,
      )}
    >
      {children}
    </dl>
  );
}

interface PageHeaderProps {
  title: ReactNode;
  /** One line under the title. */
  note?: ReactNode;
  children?: ReactNode;
}

/** The page's only h1; the shell moves the focus here on navigation. Children are actions at its side. */
export function PageHeader({ title, note, children }: PageHeaderProps) {
  useEffect(() => {
    document.title = typeof title === 'string' ? `${title} · FinSage` : 'FinSage';
  }, [title]);
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        <h1 tabIndex={-1} className="font-semibold text-xl tracking-tight">
          {title}
        </h1>
        {note && <p className="text-muted text-sm">{note}</p>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}
