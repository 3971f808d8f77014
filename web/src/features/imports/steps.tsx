import { cx } from '@/ui/class';
import { Icon } from '@/ui/icon';
import { useStepFocus } from '@/ui/use-step-focus';
import { t } from './messages';
import { STEPS, type Step } from './search';

const LABELS = {
  upload: 'stepUpload',
  map: 'stepMap',
  resolve: 'stepResolve',
  preview: 'stepPreview',
  done: 'stepDone',
} as const;

/** Where in the import one is. On phones only the current step is spelled out. */
export function Steps({ current, hasMap = false }: { current: Step; hasMap?: boolean }) {
  const steps = STEPS.filter((step) => hasMap || step !== 'map');
  const at = steps.indexOf(current);
  useStepFocus(current);
  return (
    <ol aria-label={t('steps')} className="mb-4 flex items-center gap-2 text-sm">
      {steps.map((step, index) => {
        const isDone = index < at || current === 'done';
        const isCurrent = index === at;
        return (
          <li
            key={step}
            aria-current={isCurrent ? 'step' : undefined}
            className={cx(
              'flex items-center gap-2',
              index < steps.length - 1 && 'after:h-px after:w-4 after:bg-control md:after:w-8',
            )}
          >
            <span
              className={cx(
                'flex size-6 shrink-0 items-center justify-center rounded-full border text-xs',
                isCurrent || isDone
                  ? 'border-transparent bg-accent font-semibold text-accent-ink'
                  : 'border-control text-muted',
              )}
            >
              {isDone ? <Icon name="check" size={14} /> : index + 1}
            </span>
            <span className={isCurrent ? 'font-semibold' : 'text-muted max-md:sr-only'}>
              {t(LABELS[step])}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
