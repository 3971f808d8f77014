import { useState } from 'react';
import type { Import } from '@/api/parse/imports';
import { useConfirmImport } from '@/api/queries/imports';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormError } from '@/ui/error-state';
import { Checkbox } from '@/ui/field';
import { useWriteBlock } from '@/ui/write-block';
import { Discard } from './discard';
import { t } from './messages';
import { hasQuestions } from './questions';

interface ConfirmCardProps {
  item: Import;
  onQuestions: () => void;
  /** The draft is gone. */
  onLeave: () => void;
}

/** Step 4: nothing is booked before this button. */
export function ConfirmCard({ item, onQuestions, onLeave }: ConfirmCardProps) {
  const [skip, setSkip] = useState(false);
  const [isDiscarding, setDiscarding] = useState(false);
  const confirm = useConfirmImport();
  const block = useWriteBlock();
  const { counts } = item;
  const booked = counts.new + counts.warning;
  const mustChoose = counts.error > 0 && !skip;
  const run = () =>
    confirm.mutate({ id: item.id, content_hash: item.content_hash, skip_errors: skip && counts.error > 0 });
  return (
    <Card title={t('confirmTitle')}>
      <div className="flex flex-col gap-3 text-sm">
        <p className="font-medium text-base">
          {booked > 0 ? t('willBook', { count: booked }) : t('nothingToBook')}
        </p>
        {hasQuestions(item) && (
          <p>
            {t('questionsLeft')}{' '}
            <button type="button" className="text-accent underline" onClick={onQuestions}>
              {t('goAnswer')}
            </button>
          </p>
        )}
        {counts.error > 0 && booked > 0 && (
          <Checkbox
            label={t('skipErrors', { count: counts.error })}
            hint={t('skipErrorsHint')}
            checked={skip}
            onChange={({ target }) => setSkip(target.checked)}
          />
        )}
        {mustChoose && booked > 0 && <p className="text-muted">{t('mustSkip')}</p>}
        <FormError error={confirm.error} />
        {block && <p className="text-muted">{block}</p>}
        <div className="flex flex-wrap gap-2">
          <Button
            kind="primary"
            icon="check"
            busy={confirm.isPending}
            disabled={booked === 0 || mustChoose || block !== undefined}
            onClick={run}
          >
            {t('confirm', { count: booked })}
          </Button>
          <Button kind="ghost" disabled={block !== undefined} onClick={() => setDiscarding(true)}>
            {t('discard')}
          </Button>
        </div>
      </div>
      {isDiscarding && <Discard item={item} onClose={() => setDiscarding(false)} onDone={onLeave} />}
    </Card>
  );
}
