import { useState } from 'react';
import { exportUrl } from '@/api/queries/portfolios';
import { listEveryTransaction, type TransactionFilter } from '@/api/queries/transactions';
import { download } from '@/lib/csv';
import { today } from '@/lib/dates';
import { count } from '@/lib/format';
import { Button, buttonClass } from '@/ui/button';
import { exportItems } from '@/ui/export-items';
import { Icon } from '@/ui/icon';
import { Menu, type MenuItem } from '@/ui/menu';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { transactionsCsv } from './export';
import { t } from './messages';

interface ExportButtonProps {
  portfolioId: string;
  filter: TransactionFilter;
  disabled: boolean;
}

/** Saves what the filters leave, all pages of it, or the whole portfolio as a file that FinSage reads again. */
export function ExportButton({ portfolioId, filter, disabled }: ExportButtonProps) {
  const [progress, setProgress] = useState<string>();
  const { toast } = useUi();
  const block = useWriteBlock();
  const run = async () => {
    setProgress(t('exportCsv'));
    try {
      const items = await listEveryTransaction(portfolioId, filter, (loaded, total) =>
        setProgress(t('exporting', { loaded: count(loaded), total: count(total ?? loaded) })),
      );
      download(`transactions-${today()}.csv`, 'text/csv;charset=utf-8', transactionsCsv(items));
      toast({ text: t('exported', { count: items.length }) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      toast({ text: t('exportFailed', { reason }), tone: 'danger' });
    } finally {
      setProgress(undefined);
    }
  };
  const isBlocked = block !== undefined;
  if (progress !== undefined)
    return (
      <Button icon="download" busy>
        {progress}
      </Button>
    );
  const items: MenuItem[] = [
    {
      id: 'filtered',
      label: t('exportFiltered'),
      note: t('exportFilteredNote'),
      icon: 'filter',
      disabled: disabled || isBlocked,
      run: () => void run(),
    },
    ...exportItems((format) => exportUrl(portfolioId, format), isBlocked),
  ];
  return (
    <Menu label={t('export')} items={items} buttonClassName={buttonClass()}>
      <Icon name="download" size={18} />
      {t('export')}
    </Menu>
  );
}
