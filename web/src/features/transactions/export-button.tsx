import { useState } from 'react';
import { listEveryTransaction, type TransactionFilter } from '@/api/queries/transactions';
import { download } from '@/lib/csv';
import { today } from '@/lib/dates';
import { count } from '@/lib/format';
import { Button } from '@/ui/button';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { transactionsCsv } from './export';
import { t } from './messages';

interface ExportButtonProps {
  portfolioId: string;
  filter: TransactionFilter;
  disabled: boolean;
}

/** Saves what the filters leave, all pages of it, as a file that FinSage reads again. */
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
  return (
    <Button
      icon="download"
      busy={progress !== undefined}
      disabled={disabled || block !== undefined}
      title={block}
      onClick={() => void run()}
    >
      {progress ?? t('exportCsv')}
    </Button>
  );
}
