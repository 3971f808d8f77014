import { type FormEvent, useState } from 'react';
import type { Watchlist } from '@/api/parse/assets';
import { useChangeWatchlist, useCreateWatchlist, useDeleteWatchlist } from '@/api/queries/watchlists';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { TextField } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

export type Open =
  | { kind: 'new' }
  | { kind: 'rename'; list: Watchlist }
  | { kind: 'delete'; list: Watchlist };

interface DialogsProps {
  open: Open;
  /** Show a list; undefined for the first. */
  onShow: (id: string | undefined) => void;
  onClose: () => void;
}

/** One at a time, loaded when the first is opened. */
export default function Dialogs({ open, onShow, onClose }: DialogsProps) {
  if (open.kind === 'delete') return <Delete list={open.list} onShow={onShow} onClose={onClose} />;
  const title = open.kind === 'new' ? t('newTitle') : t('renameTitle', { name: open.list.name });
  return (
    <Dialog open title={title} onClose={onClose}>
      <NameForm list={open.kind === 'rename' ? open.list : undefined} onShow={onShow} onClose={onClose} />
    </Dialog>
  );
}

interface NameFormProps extends Omit<DialogsProps, 'open'> {
  list: Watchlist | undefined;
}

function NameForm({ list, onShow, onClose }: NameFormProps) {
  const [name, setName] = useState(list?.name ?? '');
  const create = useCreateWatchlist();
  const change = useChangeWatchlist();
  const isBusy = create.isPending || change.isPending;
  const onSuccess = ({ id }: Watchlist) => {
    onShow(id);
    onClose();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '' || isBusy) return;
    if (list) change.mutate({ id: list.id, name }, { onSuccess });
    else create.mutate(name, { onSuccess });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4">
      <TextField
        label={t('name')}
        maxLength={200}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <FormError error={create.error ?? change.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={isBusy} disabled={name.trim() === ''}>
          {t(list ? 'save' : 'create')}
        </Button>
      </DialogFooter>
    </form>
  );
}

function Delete({ list, onShow, onClose }: Omit<DialogsProps, 'open'> & { list: Watchlist }) {
  const remove = useDeleteWatchlist();
  const { toast } = useUi();
  const confirm = () =>
    remove.mutate(list.id, {
      onSuccess: () => {
        toast({ text: t('deleted', { name: list.name }) });
        onShow(undefined);
        onClose();
      },
    });
  return (
    <Confirm
      open
      title={t('deleteTitle', { name: list.name })}
      action={t('delete')}
      isDangerous
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('deleteBody')}
    </Confirm>
  );
}
