import type { Run } from '@/api/parse/data-health';
import { formatInstant } from '@/lib/dates';
import { count } from '@/lib/format';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { Table } from '@/ui/table';
import { failuresOf } from './failures';
import { t } from './messages';

const number = (
  id: 'assets' | 'requests' | 'written' | 'unchanged' | 'quarantined' | 'missing',
  header: string,
  from?: 'sm' | 'md' | 'lg',
): Column<Run> => ({
  id,
  header,
  cell: (run) => count(run[id]),
  isNumeric: true,
  ...(from ? { from } : {}),
});

const COLUMNS: readonly Column<Run>[] = [
  { id: 'started', header: t('run'), cell: ({ started_at }) => formatInstant(started_at), isRowHeader: true },
  {
    id: 'took',
    header: t('took'),
    cell: (run) => t('seconds', { count: seconds(run) }),
    isNumeric: true,
    from: 'md',
  },
  number('assets', t('assets')),
  number('requests', t('requests'), 'md'),
  number('written', t('written')),
  number('unchanged', t('unchanged'), 'lg'),
  number('quarantined', t('putAside'), 'sm'),
  number('missing', t('missing'), 'sm'),
];

function seconds({ started_at, finished_at }: Run): number {
  return Math.round((Date.parse(finished_at) - Date.parse(started_at)) / 100) / 10;
}

export function RunsCard({ runs }: { runs: readonly Run[] }) {
  return (
    <Card title={t('runs')} flush={runs.length > 0}>
      {runs.length === 0 ? (
        <Empty icon="calendar" title={t('noRuns')}>
          {t('noRunsNote')}
        </Empty>
      ) : (
        <Table
          caption={t('runs')}
          columns={COLUMNS}
          rows={runs}
          rowKey={({ due_at }) => due_at}
          detail={failuresOf}
        />
      )}
    </Card>
  );
}
