import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AssetDetail, Watchlist } from '@/api/parse/assets';
import { useCreateWatchlist, useUnwatch, useWatch, watchlistsQuery } from '@/api/queries/watchlists';
import { Button, buttonClass } from '@/ui/button';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { TextField } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { useToldError, useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

/** The lists it can be put on and taken off. */
export function WatchMenu({ asset }: { asset: AssetDetail }) {
  const lists = useQuery(watchlistsQuery).data?.items ?? [];
  const [isNew, setNew] = useState(false);
  const watch = useWatch();
  const unwatch = useUnwatch();
  const { toast } = useUi();
  const onError = useToldError();
  const block = useWriteBlock();
  const toggle = (list: Watchlist) => {
    const { id, name, asset_ids } = list;
    const isOn = asset_ids.includes(asset.id);
    const onSuccess = () => toast({ text: t(isOn ? 'watchGone' : 'watchAdded', { name }) });
    (isOn ? unwatch : watch).mutate({ id, asset_id: asset.id }, { onSuccess, onError });
  };
  return (
    <>
      <Menu
        label={t('watchIn')}
        buttonClassName={buttonClass('secondary')}
        items={[
          ...lists.map((list) => ({
            id: list.id,
            label: list.name,
            ...(list.asset_ids.includes(asset.id) ? { icon: 'check' as const } : {}),
            disabled: block !== undefined,
            run: () => toggle(list),
          })),
          {
            id: 'new',
            label: t('newList'),
            icon: 'plus' as const,
            disabled: block !== undefined,
            run: () => setNew(true),
          },
        ]}
      >
        <Icon name="eye" size={18} />
        {t('watch')}
      </Menu>
      <Dialog open={isNew} onClose={() => setNew(false)} title={t('newListTitle')}>
        <NewList assetId={asset.id} onClose={() => setNew(false)} />
      </Dialog>
    </>
  );
}

function NewList({ assetId, onClose }: { assetId: string; onClose: () => void }) {
  const [name, setName] = useState('');
  // Where only the second step fails there is a list already: another try makes no second one.
  const [made, setMade] = useState<Watchlist>();
  const create = useCreateWatchlist();
  const watch = useWatch();
  const { toast } = useUi();
  const isBusy = create.isPending || watch.isPending;
  const put = (list: Watchlist) => {
    setMade(list);
    const onSuccess = () => {
      toast({ text: t('watchAdded', { name: list.name }) });
      onClose();
    };
    watch.mutate({ id: list.id, asset_id: assetId }, { onSuccess });
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '' || isBusy) return;
    if (made) put(made);
    else create.mutate(name, { onSuccess: put });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4">
      <TextField
        label={t('listName')}
        maxLength={200}
        value={name}
        readOnly={made !== undefined}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      <FormError error={create.error ?? watch.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={isBusy} disabled={name.trim() === ''}>
          {t('create')}
        </Button>
      </DialogFooter>
    </form>
  );
}
