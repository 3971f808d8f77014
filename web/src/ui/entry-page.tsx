import type { ReactNode } from 'react';
import { PageHeader } from './card';
import { Logo } from './logo';

interface EntryPageProps {
  title: string;
  note?: ReactNode;
  wide?: boolean;
  children: ReactNode;
  /** Under the card: the other way in. */
  footer?: ReactNode;
}

/** A page before the shell: one card in the middle. */
export function EntryPage({ title, note, wide, children, footer }: EntryPageProps) {
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-8 sm:justify-center">
      <div className={`w-full ${wide ? 'max-w-2xl' : 'max-w-sm'}`}>
        <div className="mb-6 flex items-center justify-center gap-2.5">
          <Logo size={32} />
          <span className="font-semibold text-xl tracking-tight">FinSage</span>
        </div>
        <div className="card p-6">
          <PageHeader title={title} note={note} />
          {children}
        </div>
        {footer && <div className="mt-4 text-center text-muted text-sm">{footer}</div>}
      </div>
    </main>
  );
}
