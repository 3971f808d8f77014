import { useNavigate } from '@tanstack/react-router';
import type { Holding, Portfolio } from '@/api/parse/portfolios';
import { useDeletePortfolio } from '@/api/queries/portfolios';
import { symbolOf } from '@/lib/asset-name';
import { Confirm } from '@/ui/confirm';
import { Dialog } from '@/ui/dialog';
import { useUi } from '@/ui/ui-context';
import { EditForm } from './edit-form';
import { LotMethodsForm } from './lot-methods';
import { t } from './messages';
import { PriceForm } from './price-form';
import { PricesFile } from './prices-file';

export type Open =
  | { kind: 'edit' }
  | { kind: 'erase' }
  | { kind: 'prices' }
  | { kind: 'lots' }
  | { kind: 'price'; holding: Holding };

interface DialogsProps {
  open: Open;
  portfolio: Portfolio;
  onClose: () => void;
}

/** One at a time, loaded when the first is opened. */
export default function Dialogs({ open, portfolio, onClose }: DialogsProps) {
  if (open.kind === 'erase') return <Erase portfolio={portfolio} onClose={onClose} />;
  if (open.kind === 'edit')
    return (
      <Dialog open title={t('edit')} onClose={onClose}>
        <EditForm portfolio={portfolio} onClose={onClose} />
      </Dialog>
    );
  if (open.kind === 'lots')
    return (
      <Dialog open wide="table" title={t('lotMethods')} onClose={onClose}>
        <LotMethodsForm portfolio={portfolio} onClose={onClose} />
      </Dialog>
    );
  if (open.kind === 'prices')
    return (
      <Dialog open title={t('pricesTitle')} description={t('pricesNote')} onClose={onClose}>
        <PricesFile onClose={onClose} />
      </Dialog>
    );
  const { currency } = open.holding;
  return (
    <Dialog
      open
      title={t('priceTitle', { symbol: symbolOf(open.holding) })}
      description={t('priceNote', { currency })}
      onClose={onClose}
    >
      <PriceForm holding={open.holding} onClose={onClose} />
    </Dialog>
  );
}

function Erase({ portfolio, onClose }: { portfolio: Portfolio; onClose: () => void }) {
  const erase = useDeletePortfolio();
  const navigate = useNavigate();
  const { toast } = useUi();
  const { id, name, transactions_count: count } = portfolio;
  const run = () =>
    erase.mutate(
      { id, confirm: name },
      {
        onSuccess: () => {
          toast({ text: t('erased', { name }) });
          void navigate({ to: '/' });
        },
      },
    );
  return (
    <Confirm
      open
      title={t('eraseTitle', { name })}
      action={t('eraseAction')}
      isDangerous
      busy={erase.isPending}
      error={erase.error}
      typed={name}
      onConfirm={run}
      onClose={onClose}
    >
      {t('eraseBody', { count })}
    </Confirm>
  );
}
