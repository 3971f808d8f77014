import { useNavigate } from '@tanstack/react-router';
import { useRemoveDemo } from '@/api/queries/system';
import { t } from '@/app/messages';
import { RemoveDemo } from '@/ui/remove-demo';
import { useUi } from '@/ui/ui-context';

/** Loaded when somebody wants the demo of the banner removed. */
export default function RemoveDemoOfBanner({ open, onClose }: { open: boolean; onClose: () => void }) {
  const remove = useRemoveDemo();
  const { toast } = useUi();
  const navigate = useNavigate();
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        onClose();
        toast({ text: t('demoRemoved') });
        // What this page is about may be gone.
        void navigate({ to: '/' });
      },
    });
  return (
    <RemoveDemo
      open={open}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    />
  );
}
