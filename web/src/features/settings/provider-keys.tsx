import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import type { ProviderKey } from '@/api/parse/data-health';
import { providerKeysQuery, useDeleteProviderKey, useSetProviderKey } from '@/api/queries/data-health';
import { formatInstant } from '@/lib/dates';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { ErrorState, FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { PasswordField } from '@/ui/field';
import { providerLabel } from '@/ui/providers';
import { SkeletonRows } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';
import { Setting, SettingsCard } from './section';

/** For administrators. A key is entered and never shown again. */
export function ProviderKeys() {
  const { data, error, refetch } = useQuery(providerKeysQuery);
  return (
    <SettingsCard title={t('providerKeys')}>
      <p className="mb-2 text-muted">{t('providerKeysNote')}</p>
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={3} height={57} />}
      {data?.items.map((item) => (
        <KeyLine key={item.provider} item={item} />
      ))}
    </SettingsCard>
  );
}

function KeyLine({ item }: { item: ProviderKey }) {
  const [asking, setAsking] = useState<'set' | 'delete'>();
  const block = useWriteBlock();
  const blocked = { disabled: block !== undefined, title: block };
  const note =
    item.source === 'entered' && item.set_at
      ? t('keySince', { day: formatInstant(item.set_at) })
      : t(item.source === 'settings' ? 'keyOfSettings' : 'keyNone');
  return (
    <Setting label={providerLabel(item.provider)} note={note}>
      <span className="flex flex-wrap items-center gap-2">
        {item.source && (
          <Badge tone="accent" icon="check">
            {t('keySet')}
          </Badge>
        )}
        {item.source !== 'settings' && (
          <Button icon="lock" {...blocked} onClick={() => setAsking('set')}>
            {t(item.source ? 'keyReplace' : 'keyEnter')}
          </Button>
        )}
        {item.source === 'entered' && (
          <Button icon="trash" {...blocked} onClick={() => setAsking('delete')}>
            {t('keyDelete')}
          </Button>
        )}
      </span>
      <Dialog
        open={asking !== undefined}
        onClose={() => setAsking(undefined)}
        title={t(asking === 'delete' ? 'keyDeleteOf' : 'keyOf', { provider: providerLabel(item.provider) })}
      >
        {asking && (
          <KeyForm
            provider={item.provider}
            isDeleting={asking === 'delete'}
            onClose={() => setAsking(undefined)}
          />
        )}
      </Dialog>
    </Setting>
  );
}

interface FormProps {
  provider: string;
  isDeleting: boolean;
  onClose: () => void;
}

function KeyForm({ provider, isDeleting, onClose }: FormProps) {
  const set = useSetProviderKey();
  const remove = useDeleteProviderKey();
  const { toast } = useUi();
  const { register, handleSubmit, formState } = useForm({ values: { key: '', current_password: '' } });
  const { error, isPending } = isDeleting ? remove : set;
  const done = {
    onSuccess: () => {
      toast({ text: t(isDeleting ? 'keyDeleted' : 'keySaved') });
      onClose();
    },
  };
  const send = handleSubmit(({ key, current_password }) =>
    isDeleting
      ? remove.mutate({ provider, current_password }, done)
      : set.mutate({ provider, key, current_password }, done),
  );
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      {!isDeleting && (
        <PasswordField
          label={t('key')}
          hint={t('keyHint')}
          autoComplete="off"
          error={formState.errors.key?.message ?? faultOf(error, 'key')}
          {...register('key', { required: t('needed') })}
        />
      )}
      <PasswordField
        label={t('currentPassword')}
        hint={t('keyPasswordHint')}
        autoComplete="current-password"
        error={formState.errors.current_password?.message ?? faultOf(error, 'current_password')}
        {...register('current_password', { required: t('needed') })}
      />
      <FormError error={error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind={isDeleting ? 'danger' : 'primary'} busy={isPending}>
          {t(isDeleting ? 'keyDelete' : 'save')}
        </Button>
      </DialogFooter>
    </form>
  );
}
