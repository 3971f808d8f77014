import { useQuery } from '@tanstack/react-query';
import type { Import } from '@/api/parse/imports';
import { importQuery } from '@/api/queries/imports';
import { formatAgo } from '@/lib/dates';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { StateBadge } from './history';
import { MapColumns } from './map-columns';
import { t } from './messages';
import { Preview } from './preview';
import { hasQuestions } from './questions';
import { Resolve } from './resolve';
import { Result } from './result';
import type { Change, Search, Step } from './search';
import { Steps } from './steps';
import { useFormatName } from './use-format-name';
import { Waiting } from './waiting';

interface WizardProps {
  importId: string;
  step: Search['step'];
  onChange: (change: Change) => void;
}

/** One import from its questions to its end. The server keeps the draft, so that it can be left and resumed. */
export function Wizard({ importId, step, onChange }: WizardProps) {
  const { data, error, refetch } = useQuery(importQuery(importId));
  if (error && !data)
    return (
      <Card>
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={480} />
      </Card>
    );
  if (!data)
    return (
      <>
        <Steps current="preview" />
        <Skeleton height="max(30rem, calc(100dvh - 14rem))" />
      </>
    );
  if (data.job_id !== null && isWaiting(data))
    return (
      <>
        <Steps current={waitingStep(data)} />
        <FileLine item={data} />
        <Waiting
          key={data.job_id}
          item={data}
          jobId={data.job_id}
          onLeave={() => onChange({ import: undefined })}
        />
      </>
    );
  if (data.state !== 'preview')
    return (
      <>
        <Steps current="done" />
        <Result item={data} />
      </>
    );
  const { mapping, table } = data;
  const isMapped = mapping !== null && table !== null;
  const wanted = step ?? (isMapped && data.template_id === null ? 'map' : stepAfterMap(data));
  const current = wanted === 'map' && !isMapped ? stepAfterMap(data) : wanted;
  return (
    <>
      <Steps current={current} hasMap={isMapped} />
      <FileLine item={data} />
      {isMapped && current !== 'map' && (
        <Button className="mb-3 self-start" onClick={() => onChange({ step: 'map' })}>
          {t('mapChange')}
        </Button>
      )}
      {current === 'map' && isMapped ? (
        <MapColumns
          item={{ ...data, mapping, table }}
          onNext={() => onChange({ step: stepAfterMap(data) })}
        />
      ) : current === 'resolve' ? (
        <Resolve item={data} onNext={() => onChange({ step: 'preview' })} />
      ) : (
        <Preview item={data} onChange={onChange} />
      )}
    </>
  );
}

function isWaiting({ state }: Import): boolean {
  return state === 'reading' || state === 'booking' || state === 'reverting';
}

/** A file is read anew with each answer: then the answers are the step. */
function waitingStep({ state, mapping, resolutions }: Import): Step {
  if (state === 'reverting') return 'done';
  if (state === 'booking') return 'preview';
  return mapping !== null || Object.keys(resolutions).length > 0 ? 'resolve' : 'upload';
}

function stepAfterMap(item: Import): 'resolve' | 'preview' {
  return hasQuestions(item) ? 'resolve' : 'preview';
}

function FileLine({ item }: { item: Import }) {
  const format = useFormatName()(item.format);
  return (
    <p className="mb-3 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <span className="min-w-0 break-words font-semibold">{item.file_name}</span>
      <StateBadge state={item.state} />
      <span className="text-muted">{t('aboutFile', { format, ago: formatAgo(item.created_at) })}</span>
    </p>
  );
}
