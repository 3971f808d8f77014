import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type AssetDetail, type Identifier, SCHEMES } from '@/api/parse/assets';
import { identifiersQuery, usePutIdentifiers } from '@/api/queries/assets';
import { Button, IconButton } from '@/ui/button';
import { DialogFooter } from '@/ui/dialog';
import { ErrorState, FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { TextField } from '@/ui/field';
import { Select } from '@/ui/select';
import { SkeletonRows } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { schemeLabel, t } from './messages';

interface ProvidersProps {
  asset: AssetDetail;
  onJob: (jobId: string | null) => void;
  onClose: () => void;
}

/** What it is called at providers, in the order in which they are asked. */
export function ProvidersForm(props: ProvidersProps) {
  const { data, error, refetch } = useQuery(identifiersQuery(props.asset.id));
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />;
  if (!data) return <SkeletonRows rows={3} height={56} />;
  return <Loaded {...props} before={data.items} />;
}

function Loaded({ asset, before, onJob, onClose }: ProvidersProps & { before: readonly Identifier[] }) {
  const [items, setItems] = useState<readonly Identifier[]>(before);
  const put = usePutIdentifiers(asset.id);
  const { toast } = useUi();
  const free = SCHEMES.filter((scheme) => !items.some((item) => item.scheme === scheme));
  const change = (at: number, value: string) =>
    setItems(items.map((item, index) => (index === at ? { ...item, value } : item)));
  const earlier = (at: number) => {
    const moved = [...items];
    const [item] = moved.splice(at, 1);
    if (item) moved.splice(at - 1, 0, item);
    setItems(moved);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (put.isPending || items.some(({ value }) => value.trim() === '')) return;
    put.mutate([...items], {
      onSuccess: ({ job_id }) => {
        toast({ text: t(job_id ? 'providersSaved' : 'providersSavedNone') });
        onJob(job_id);
        onClose();
      },
    });
  };
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      {items.length === 0 && <p className="text-muted text-sm">{t('noSchemes')}</p>}
      {items.map(({ scheme, value }, at) => (
        <div key={scheme} className="flex items-start gap-1">
          <TextField
            className="grow"
            label={schemeLabel(scheme)}
            hint={t(`${scheme}Hint`)}
            autoComplete="off"
            spellCheck={false}
            value={value}
            error={value.trim() === '' ? t('required') : faultOf(put.error, `items/${at}/value`)}
            onChange={(event) => change(at, event.target.value)}
          />
          <span className="flex pt-6">
            {at > 0 && (
              <IconButton
                icon="sortUp"
                label={t('up', { scheme: schemeLabel(scheme) })}
                onClick={() => earlier(at)}
              />
            )}
            <IconButton
              icon="trash"
              label={t('remove', { scheme: schemeLabel(scheme) })}
              onClick={() => setItems(items.filter((_, index) => index !== at))}
            />
          </span>
        </div>
      ))}
      {free.length > 0 && (
        <Select
          aria-label={t('addScheme')}
          value=""
          choices={[
            { value: '', label: t('addScheme') },
            ...free.map((scheme) => ({ value: scheme, label: schemeLabel(scheme) })),
          ]}
          onChange={(event) => {
            const scheme = free.find((one) => one === event.target.value);
            if (scheme) setItems([...items, { scheme, value: '' }]);
          }}
        />
      )}
      <FormError error={put.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={put.isPending}>
          {t('save')}
        </Button>
      </DialogFooter>
    </form>
  );
}
