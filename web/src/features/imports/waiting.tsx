import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Import } from '@/api/parse/imports';
import { useChangeImport, useConfirmImport, useImportEnded, useRevertImport } from '@/api/queries/imports';
import { jobEnd, jobQuery } from '@/api/queries/system';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState, FormError } from '@/ui/error-state';
import { JobProgress } from '@/ui/job-progress';
import { useWriteBlock } from '@/ui/write-block';
import { Discard } from './discard';
import { t } from './messages';

interface WaitingProps {
  item: Import;
  jobId: string;
  /** The import is gone. */
  onLeave: () => void;
}

/** A large file while a job reads, books or reverts it. The job does not need this page. */
export function Waiting({ item, jobId, onLeave }: WaitingProps) {
  const asked = useQuery(jobQuery(jobId));
  const { data: job, error, refetch } = asked;
  const [isDiscarding, setDiscarding] = useState(false);
  const block = useWriteBlock();
  const ended = useImportEnded();
  const isDone = job?.state === 'done';
  useEffect(() => {
    if (isDone) void ended(item.id, item.portfolio_id);
  }, [isDone, ended, item.id, item.portfolio_id]);
  const isReverting = item.state === 'reverting';
  const label = labelOf(item);
  if (error && (!job || jobEnd(asked) === 'gone'))
    return <ErrorState error={error} onRetry={() => void refetch()} minHeight={240} />;
  return (
    <Card title={label}>
      <div className="flex flex-col gap-3 text-sm">
        {job?.state === 'failed' ? (
          <Failed item={item} detail={job.problem?.detail} />
        ) : (
          <>
            <JobProgress job={job} label={label} queued={t('waitQueued')} />
            <p className="text-muted">
              {t('waitLeave')} {item.state === 'booking' && t('waitAll')}
            </p>
          </>
        )}
        {!isReverting && (
          <Button
            kind="ghost"
            className="-ms-3 self-start"
            disabled={block !== undefined}
            title={block}
            onClick={() => setDiscarding(true)}
          >
            {t(job?.state === 'failed' ? 'discard' : 'waitCancel')}
          </Button>
        )}
      </div>
      {isDiscarding && <Discard item={item} onClose={() => setDiscarding(false)} onDone={onLeave} />}
    </Card>
  );
}

function labelOf({ state, counts }: Import): string {
  if (state === 'reading') return t('waitReading');
  if (state === 'reverting') return t('waitReverting');
  return t('waitBooking', { count: counts.new + counts.warning });
}

/** Why the job failed, and another try. */
function Failed({ item, detail }: { item: Import; detail: unknown }) {
  const change = useChangeImport();
  const confirm = useConfirmImport();
  const revert = useRevertImport();
  const again = () => {
    if (item.state === 'reading') change.mutate({ id: item.id, change: {} });
    else if (item.state === 'reverting') revert.mutate(item.id);
    else
      confirm.mutate({
        id: item.id,
        content_hash: item.content_hash,
        skip_errors: item.counts.error > 0,
      });
  };
  return (
    <>
      <p className="font-medium">{t(item.state === 'reverting' ? 'waitRevertFailed' : 'waitFailed')}</p>
      {typeof detail === 'string' && <p>{detail}</p>}
      <FormError error={change.error ?? confirm.error ?? revert.error} />
      <Button
        kind="primary"
        busy={change.isPending || confirm.isPending || revert.isPending}
        className="self-start"
        onClick={again}
      >
        {t('waitAgain')}
      </Button>
    </>
  );
}
