import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';

// Six rows of a list, or two lists of four with their headings: the cards of a row are equally high from the start.
export const ROW = 'flex min-h-14 items-center gap-3 border-line border-b px-4 last:border-0';
// On a phone a card ends with its list.
const BODY_PX = 440;

interface ListCardProps {
  title: ReactNode;
  action?: ReactNode;
  error: Error | null;
  onRetry: () => void;
  /** undefined while loading. */
  children: ReactNode | undefined;
}

/** A short list in a card of constant height. */
export function ListCard({ title, action, error, onRetry, children }: ListCardProps) {
  return (
    <Card title={title} action={action} flush className="h-full">
      <div className="flex flex-col lg:min-h-110">
        {children ??
          (error ? (
            <ErrorState error={error} onRetry={onRetry} minHeight={BODY_PX} />
          ) : (
            <Skeleton height={BODY_PX - 16} className="mx-4" />
          ))}
      </div>
    </Card>
  );
}

export function Nothing({ children }: { children: ReactNode }) {
  return <p className="flex grow items-center justify-center px-4 py-3 text-muted text-sm">{children}</p>;
}

interface MoreLinkProps {
  to: '/portfolios/$id' | '/portfolios/$id/transactions';
  id: string;
  search?: Record<string, string>;
  children: ReactNode;
}

export function MoreLink({ to, id, search, children }: MoreLinkProps) {
  return (
    <Link
      to={to}
      params={{ id }}
      search={(search ?? {}) as never}
      className="-me-2 inline-flex min-h-9 items-center rounded-control px-2 text-accent text-sm hover:underline"
    >
      {children}
    </Link>
  );
}
