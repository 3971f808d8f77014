import type { ApiError } from '@/api/problem';
import { Button } from './button';
import { useCountdown } from './countdown';
import { Icon } from './icon';
import { t } from './messages';

type Failure = Error & Partial<Pick<ApiError, 'title' | 'detail' | 'faults' | 'traceId' | 'retryAfter'>>;

interface ErrorStateProps {
  error: Error;
  onRetry?: () => void;
  /** Height of what would be here, so that the page keeps its shape. */
  minHeight?: number;
}

/** Cause, retry and request id, in the place of what could not be loaded; the rest of the page lives on. */
export function ErrorState({ error, onRetry, minHeight }: ErrorStateProps) {
  const failure = error as Failure;
  return (
    <div
      role="alert"
      className="flex flex-col items-center justify-center gap-2 p-6 text-center"
      style={{ minHeight }}
    >
      <Icon name="warning" size={24} className="text-danger" />
      <p className="font-semibold">{failure.title ?? error.message}</p>
      {failure.detail && failure.detail !== failure.title && (
        <p className="max-w-prose text-muted">{failure.detail}</p>
      )}
      {onRetry && <RetryButton error={failure} onRetry={onRetry} />}
      {failure.traceId && <RequestId id={failure.traceId} />}
    </div>
  );
}

function RetryButton({ error, onRetry }: { error: Failure; onRetry: () => void }) {
  const left = useCountdown(error.retryAfter, error);
  return (
    <Button icon="refresh" disabled={left > 0} onClick={onRetry}>
      {left > 0 ? t('retryIn', { count: left }) : t('retry')}
    </Button>
  );
}

/** Above a form's button: what the server refused, beside what its fields say. */
export function FormError({ error }: { error: Error | null | undefined }) {
  const failure = error as Failure | null | undefined;
  const left = useCountdown(failure?.retryAfter, failure);
  if (!failure) return null;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-control border border-danger p-3 text-sm">
      <Icon name="warning" size={18} className="mt-0.5 shrink-0 text-danger" />
      <div className="min-w-0">
        <p>{headline(failure)}</p>
        {left > 0 && <p>{t('retryIn', { count: left })}</p>}
        {failure.traceId && <RequestId id={failure.traceId} />}
      </div>
    </div>
  );
}

// What already stands beside a field is not said twice.
function headline({ title, detail, faults, message }: Failure): string {
  const isBesideField = faults?.some((fault) => fault.detail === detail);
  return (isBesideField ? title : detail) || title || message;
}

function RequestId({ id }: { id: string }) {
  return (
    <p className="text-muted text-xs">
      {t('requestId')} <code className="select-all break-all">{id}</code>
    </p>
  );
}
