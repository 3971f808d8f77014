import { useRemoveDemo } from '@/api/queries/system';
import { t } from '@/app/messages';
import { Confirm } from '@/ui/confirm';
import { useUi } from '@/ui/ui-context';

/** Asks once more, and removes what the demo made up. Loaded when somebody wants it. */
export default function RemoveDemo({ open, onClose }: { open: boolean; onClose: () => void }) {
  const remove = useRemoveDemo();
  const { toast } = useUi();
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        onClose();
        toast({ text: t('demoRemoved') });
      },
    });
  return (
    <Confirm
      open={open}
      title={t('demoRemove')}
      action={t('demoRemove')}
      isDangerous
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('demoRemoveBody')}
    </Confirm>
  );
}
