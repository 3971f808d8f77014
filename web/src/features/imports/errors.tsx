import type { Import } from '@/api/parse/imports';
import { count } from '@/lib/format';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Table } from '@/ui/table';
import { t } from './messages';
import { errorsToMend } from './questions';

type Line = Import['errors'][number] & { at: number };

const COLUMNS: readonly Column<Line>[] = [
  {
    id: 'line',
    header: t('line'),
    isRowHeader: true,
    cell: ({ line }) => count(line),
    sortValue: ({ line }) => line,
  },
  {
    id: 'column',
    header: t('column'),
    cell: ({ column }) => column || <span className="text-muted">{t('anyColumn')}</span>,
    sortValue: ({ column }) => column || null,
  },
  { id: 'what', header: t('what'), under: true, cell: ({ message }) => message },
];

/** What only a change of the file mends, by line and column. */
export function Errors({ item }: { item: Import }) {
  const errors = errorsToMend(item);
  if (errors.length === 0) return null;
  const isCut = item.errors.length < item.counts.error;
  return (
    <Card title={t('errorsTitle', { count: errors.length })} flush>
      <p className="px-4 pb-2 text-muted text-sm">
        {t('errorsNote')} {isCut && t('errorsFirst', { count: errors.length })}
      </p>
      <div className="max-h-96 overflow-y-auto">
        <Table
          caption={t('errorsTitle', { count: errors.length })}
          columns={COLUMNS}
          rows={errors.map((error, at) => ({ ...error, at }))}
          rowKey={({ at }) => String(at)}
        />
      </div>
    </Card>
  );
}
