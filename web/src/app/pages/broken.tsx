import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { isApiError } from '@/api/problem';
import { t } from '@/app/messages';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';

/** In the place of a route. Trying again asks the server again; drawing the same failure anew would change nothing. */
export function BrokenRoute({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return <Broken error={error} reset={() => void router.invalidate().then(reset)} />;
}

/** Stands for a page that threw. What the server said is shown; a fault of our own is named as one. */
export function Broken({ error, reset }: { error: unknown; reset?: () => void }) {
  if (isApiError(error))
    return <ErrorState error={error} onRetry={reset ?? (() => location.reload())} minHeight={400} />;
  return (
    <div role="alert" className="mx-auto flex max-w-xl flex-col items-start gap-3 px-4 py-10">
      <h1 tabIndex={-1} className="font-semibold text-xl">
        {t('crashed')}
      </h1>
      <p>{t('crashedNote')}</p>
      <pre className="max-w-full overflow-x-auto rounded-control border border-line bg-panel p-3 text-xs">
        {error instanceof Error ? error.message : String(error)}
      </pre>
      <Button kind="primary" icon="refresh" onClick={() => location.reload()}>
        {t('reload')}
      </Button>
    </div>
  );
}
