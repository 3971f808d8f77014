import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ImportTemplate } from '@/api/parse/imports';
import { importTemplatesQuery, useDeleteTemplate } from '@/api/queries/imports';
import { formatInstant } from '@/lib/dates';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Confirm } from '@/ui/confirm';
import { Table } from '@/ui/table';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

/** The saved mappings of files FinSage does not know by itself; nothing where there are none. */
export function Templates() {
  const items = useQuery(importTemplatesQuery).data?.items ?? [];
  const [asked, setAsked] = useState<ImportTemplate>();
  const remove = useDeleteTemplate();
  const block = useWriteBlock();
  if (items.length === 0) return null;
  return (
    <Card title={t('templatesTitle')} flush>
      <p className="px-4 pb-2 text-muted text-sm">{t('templatesNote')}</p>
      <Table
        caption={t('templatesTitle')}
        rows={items}
        rowKey={({ id }) => id}
        columns={[
          { id: 'name', header: t('name'), isRowHeader: true, cell: ({ name }) => name },
          {
            id: 'header',
            header: t('templateHeaders'),
            from: 'sm',
            cell: ({ header }) => <span className="line-clamp-2 text-muted">{header.join(', ')}</span>,
          },
          { id: 'when', header: t('when'), from: 'md', cell: ({ created_at }) => formatInstant(created_at) },
          {
            id: 'actions',
            header: t('actions'),
            isHeaderHidden: true,
            cell: (item) => (
              <Button
                kind="ghost"
                disabled={block !== undefined}
                aria-label={t('templateDeleteNamed', { name: item.name })}
                onClick={() => setAsked(item)}
              >
                {t('templateDelete')}
              </Button>
            ),
          },
        ]}
      />
      {asked && (
        <Confirm
          open
          title={t('templateDeleteTitle', { name: asked.name })}
          action={t('templateDelete')}
          isDangerous
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(asked.id, { onSuccess: () => setAsked(undefined) })}
          onClose={() => setAsked(undefined)}
        >
          {t('templateDeleteBody')}
        </Confirm>
      )}
    </Card>
  );
}
