import { useState } from 'react';
import { useSaveTemplate } from '@/api/queries/imports';
import { Button } from '@/ui/button';
import { Dialog, DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { TextField } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

/** Keeps what was named under a name: the next file with these headers is read by itself. */
export function SaveTemplate({ importId, isReady }: { importId: string; isReady: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const save = useSaveTemplate();
  const { toast } = useUi();
  const run = () =>
    save.mutate(
      { name: name.trim(), import_id: importId },
      {
        onSuccess: () => {
          toast({ text: t('templateSaved', { name: name.trim() }) });
          setOpen(false);
        },
      },
    );
  return (
    <>
      <Button disabled={!isReady} onClick={() => setOpen(true)}>
        {t('templateSave')}
      </Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={t('templateSave')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() && !save.isPending) run();
          }}
        >
          <TextField
            label={t('name')}
            hint={t('templateHint')}
            maxLength={100}
            required
            autoComplete="off"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <FormError error={save.error} />
          <DialogFooter>
            <Button onClick={() => setOpen(false)}>{t('cancel')}</Button>
            <Button type="submit" kind="primary" busy={save.isPending} disabled={name.trim() === ''}>
              {t('templateKeep')}
            </Button>
          </DialogFooter>
        </form>
      </Dialog>
    </>
  );
}
