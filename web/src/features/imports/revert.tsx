import { useQuery } from '@tanstack/react-query';
import type { Import } from '@/api/parse/imports';
import { revertPreviewQuery, useRevertImport } from '@/api/queries/imports';
import { Confirm } from '@/ui/confirm';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';
import { MissingList } from './missing-list';

/** Says what a revert takes back, and which sales would lack their units, before it is done. */
export function Revert({ item, onClose }: { item: Import; onClose: () => void }) {
  const revert = useRevertImport();
  // Once it is reverted there is nothing to preview any more.
  const preview = useQuery({
    ...revertPreviewQuery(item.id),
    enabled: revert.isIdle || revert.isError,
  });
  const { toast } = useUi();
  const run = () =>
    revert.mutate(item.id, {
      onSuccess: ({ state }) => {
        toast({ text: t(state === 'reverting' ? 'reverting' : 'reverted', { file: item.file_name }) });
        onClose();
      },
    });
  const { data, error } = preview;
  return (
    <Confirm
      open
      title={t('revertTitle', { file: item.file_name })}
      action={t('revert')}
      isDangerous
      busy={revert.isPending || (!data && !error)}
      error={revert.error}
      onConfirm={run}
      onClose={onClose}
    >
      <div className="flex min-h-16 flex-col gap-3">
        {error && !data && <ErrorState error={error} onRetry={() => void preview.refetch()} />}
        {!data && !error && <Skeleton height={64} />}
        {data && <p>{t('revertBody', { count: data.transactions })}</p>}
        {data && data.missing_acquisitions.length > 0 && (
          <>
            <p className="font-medium">{t('revertMissing', { count: data.missing_acquisitions.length })}</p>
            <MissingList items={data.missing_acquisitions} />
          </>
        )}
      </div>
    </Confirm>
  );
}
