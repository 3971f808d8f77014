import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { demoQuery, useCreateDemo, useRemoveDemo } from '@/api/queries/system';
import { Button } from '@/ui/button';
import { ErrorState, FormError } from '@/ui/error-state';
import { RemoveDemo } from '@/ui/remove-demo';
import { Skeleton } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';
import { Setting, SettingsCard } from './section';

export function DemoSettings() {
  const { data, error, refetch } = useQuery(demoQuery);
  return (
    <SettingsCard title={t('data')}>
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={44} />}
      {data && (data.is_present ? <Remove /> : <Load />)}
    </SettingsCard>
  );
}

function Load() {
  const create = useCreateDemo();
  const { toast } = useUi();
  const load = () => create.mutate(undefined, { onSuccess: () => toast({ text: t('demoLoaded') }) });
  return (
    <>
      <Setting label={t('demo')} note={t('demoAbsent')}>
        <Button icon="spark" busy={create.isPending} onClick={load}>
          {t('demoLoad')}
        </Button>
      </Setting>
      <FormError error={create.error} />
    </>
  );
}

function Remove() {
  const remove = useRemoveDemo();
  const [isAsking, setAsking] = useState(false);
  const { toast } = useUi();
  const confirm = () => remove.mutate(undefined, { onSuccess: () => toast({ text: t('demoRemoved') }) });
  return (
    <Setting label={t('demo')} note={t('demoPresent')}>
      <Button icon="trash" onClick={() => setAsking(true)}>
        {t('demoRemove')}
      </Button>
      <RemoveDemo
        open={isAsking}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
        onClose={() => setAsking(false)}
      />
    </Setting>
  );
}
