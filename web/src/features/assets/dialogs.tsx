import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AssetDetail } from '@/api/parse/assets';
import type { Asset } from '@/api/parse/market';
import { useAssetSearch } from '@/api/queries/asset-search';
import { useMergeAsset, useUnmergeAsset } from '@/api/queries/assets';
import { assetOption } from '@/ui/asset-classes';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { Confirm } from '@/ui/confirm';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { useUi } from '@/ui/ui-context';
import { EditForm } from './edit-form';
import { JsonSourceForm } from './json-source-form';
import { t } from './messages';
import { ProvidersForm } from './providers-form';

export type Open =
  | { kind: 'edit' }
  | { kind: 'providers' }
  | { kind: 'json' }
  | { kind: 'merge' }
  | { kind: 'unmerge'; id: string; symbol: string };

interface DialogsProps {
  open: Open;
  asset: AssetDetail;
  onJob: (jobId: string | null) => void;
  onClose: () => void;
}

/** One at a time, loaded when the first is opened. */
export default function Dialogs({ open, asset, onJob, onClose }: DialogsProps) {
  const { symbol } = asset;
  if (open.kind === 'unmerge') return <Unmerge id={open.id} symbol={open.symbol} onClose={onClose} />;
  if (open.kind === 'edit')
    return (
      <Dialog open title={t('editTitle', { symbol })} description={t('editNote')} onClose={onClose}>
        <EditForm asset={asset} onClose={onClose} />
      </Dialog>
    );
  if (open.kind === 'providers')
    return (
      <Dialog open title={t('providersTitle', { symbol })} description={t('providersNote')} onClose={onClose}>
        <ProvidersForm asset={asset} onJob={onJob} onClose={onClose} />
      </Dialog>
    );
  if (open.kind === 'json')
    return (
      <Dialog open title={t('jsonTitle', { symbol })} description={t('jsonNote')} onClose={onClose}>
        <JsonSourceForm asset={asset} onJob={onJob} onClose={onClose} />
      </Dialog>
    );
  return (
    <Dialog open title={t('mergeTitle', { symbol })} description={t('mergeNote')} onClose={onClose}>
      <MergeForm asset={asset} onClose={onClose} />
    </Dialog>
  );
}

function MergeForm({ asset, onClose }: { asset: AssetDetail; onClose: () => void }) {
  const [text, setText] = useState('');
  const [into, setInto] = useState<Asset>();
  const search = useAssetSearch(into ? undefined : text);
  const merge = useMergeAsset(asset.id);
  const navigate = useNavigate();
  const { toast } = useUi();
  // Another currency is refused by the server too; here it is not even offered.
  const options = search.items.filter(
    (one) => one.id !== asset.id && one.currency === asset.currency && !one.is_simulated,
  );
  const send = () => {
    if (!into) return;
    merge.mutate(into.id, {
      onSuccess: ({ rebooked }) => {
        toast({ text: t('mergeDone', { count: rebooked, symbol: into.symbol }) });
        onClose();
        void navigate({ to: '/assets/$id', params: { id: into.id } });
      },
    });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!merge.isPending) send();
      }}
    >
      <Combobox
        label={t('mergeInto')}
        hint={t('mergeSame', { currency: asset.currency })}
        text={into ? assetOption(into).label : text}
        onText={(typed) => {
          setInto(undefined);
          setText(typed);
        }}
        options={options.map(assetOption)}
        isSearching={search.isSearching}
        onChoose={({ id }) => setInto(options.find((one) => one.id === id))}
      />
      <FormError error={merge.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={merge.isPending} disabled={!into}>
          {t('mergeAction')}
        </Button>
      </DialogFooter>
    </form>
  );
}

function Unmerge({ id, symbol, onClose }: { id: string; symbol: string; onClose: () => void }) {
  const unmerge = useUnmergeAsset();
  const { toast } = useUi();
  const confirm = () =>
    unmerge.mutate(id, {
      onSuccess: () => {
        toast({ text: t('unmerged') });
        onClose();
      },
    });
  return (
    <Confirm
      open
      title={t('unmergeTitle', { symbol })}
      action={t('part')}
      busy={unmerge.isPending}
      error={unmerge.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('unmergeBody')}
    </Confirm>
  );
}
