import type { Job } from '@/api/parse/system';
import { count, percent } from '@/lib/format';
import { Progress } from '@/ui/progress';
import { t } from './messages';

type JobProgressProps = {
  job: Pick<Job, 'progress' | 'stage' | 'done' | 'total'> | undefined;
  /** What the job does, for who cannot see the bar. */
  label: string;
  /** Said until it has begun. */
  queued: string;
};

/** How far a job is and what it is at: one look for all of them. */
export function JobProgress({ job, label, queued }: JobProgressProps) {
  return (
    <>
      <Progress value={job?.progress ?? undefined} label={label} />
      <p role="status" className="font-medium tabular-nums">
        {job?.progress == null ? queued : [percent(job.progress, 0), stepOf(job)].filter(Boolean).join(' · ')}
      </p>
    </>
  );
}

/** `40,000 of 100,000 rows read`, as far as the job tells it. */
export function stepOf({ stage, done, total }: Pick<Job, 'stage' | 'done' | 'total'>): string {
  if (stage === null) return '';
  if (done === null) return stage;
  return total === null
    ? `${count(done)} ${stage}`
    : t('stepOf', { done: count(done), total: count(total), stage });
}
