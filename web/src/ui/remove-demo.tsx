import { Confirm } from './confirm';
import { t } from './messages';

interface RemoveDemoProps {
  open: boolean;
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once more before what the demo made up is erased. */
export function RemoveDemo(props: RemoveDemoProps) {
  return (
    <Confirm {...props} title={t('demoRemove')} action={t('demoRemove')} isDangerous>
      {t('demoRemoveBody')}
    </Confirm>
  );
}
