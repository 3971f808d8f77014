import type { Import } from '@/api/parse/imports';
import { useDiscardImport } from '@/api/queries/imports';
import { Confirm } from '@/ui/confirm';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

interface DiscardProps {
  item: Import;
  onClose: () => void;
  onDone: () => void;
}

export function Discard({ item, onClose, onDone }: DiscardProps) {
  const discard = useDiscardImport();
  const { toast } = useUi();
  const run = () =>
    discard.mutate(
      { id: item.id, portfolioId: item.portfolio_id },
      {
        onSuccess: () => {
          toast({ text: t('discarded', { file: item.file_name }) });
          onDone();
        },
      },
    );
  return (
    <Confirm
      open
      title={t('discardTitle')}
      action={t('discard')}
      isDangerous
      busy={discard.isPending}
      error={discard.error}
      onConfirm={run}
      onClose={onClose}
    >
      {t('discardBody', { file: item.file_name })}
    </Confirm>
  );
}
