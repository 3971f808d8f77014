import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import {
  type Import,
  type ImportMapping,
  type ImportTable,
  MAPPED_FIELDS,
  MAPPED_TYPES,
  type MappedField,
  type MappedType,
} from '@/api/parse/imports';
import { useChangeImport } from '@/api/queries/imports';
import { currenciesQuery } from '@/api/queries/market';
import { count } from '@/lib/format';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { currencyChoices } from '@/ui/currency-choices';
import { FormError } from '@/ui/error-state';
import { Checkbox, TextField } from '@/ui/field';
import { Select, SelectField } from '@/ui/select';
import { Table } from '@/ui/table';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { useWriteBlock } from '@/ui/write-block';
import { hasField, isFigure, type Sign, withColumn, withLabel, withSign } from './columns';
import { t } from './messages';
import { SaveTemplate } from './save-template';

interface MapColumnsProps {
  item: Import & { mapping: ImportMapping; table: ImportTable };
  onNext: () => void;
}

/** Step 2 of a file nobody knows: what its columns and its words mean. Each answer previews the file anew. */
export function MapColumns({ item, onNext }: MapColumnsProps) {
  const [mapping, setMapping] = useState(item.mapping);
  const change = useChangeImport();
  const block = useWriteBlock();
  // One request at a time, the last answer wins: keys typed into a select change it faster than the file is read.
  const latest = useRef(mapping);
  const isSending = useRef(false);
  const send = () => {
    const sent = latest.current;
    isSending.current = true;
    change
      .mutateAsync({ id: item.id, change: { mapping: sent } })
      .catch(() => undefined)
      .finally(() => {
        isSending.current = false;
        if (latest.current !== sent) send();
      });
  };
  const choose = (next: ImportMapping) => {
    setMapping(next);
    latest.current = next;
    if (!isSending.current) send();
  };
  const bookable = item.counts.new + item.counts.warning + item.counts.duplicate;
  const { unknown_symbols: unknown, counts } = item;
  const waiting = Math.min(
    counts.error,
    unknown.reduce((sum, { rows }) => sum + rows, 0),
  );
  const hasDay = hasField(mapping, 'day');
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {block && <p className="text-muted text-sm">{block}</p>}
      <FormError error={change.error} />
      <Card title={t('mapTitle')} flush>
        <p className="px-4 pb-2 text-muted text-sm">{t('mapNote')}</p>
        <Columns table={item.table} mapping={mapping} isBlocked={block !== undefined} onChange={choose} />
      </Card>
      {hasField(mapping, 'type') ? (
        <Labels table={item.table} mapping={mapping} isBlocked={block !== undefined} onChange={choose} />
      ) : (
        <Card title={t('mapTypes')}>
          <SelectField
            label={t('mapOneType')}
            choices={typeChoices()}
            value={mapping.fixed.type ?? ''}
            onChange={({ target }) =>
              choose({
                ...mapping,
                fixed: { ...mapping.fixed, type: (target.value || null) as MappedType | null },
              })
            }
          />
        </Card>
      )}
      <Written mapping={mapping} onChange={choose} />
      <div className="flex flex-wrap items-end justify-end gap-3">
        <p role="status" className="me-auto text-sm">
          {!hasDay && t('mapNoDay')}
          {hasDay && change.isPending && t('mapReading')}
          {hasDay && !change.isPending && (
            <>
              {t('mapReadable', { count: bookable })} {waiting > 0 && t('mapWaiting', { count: waiting })}{' '}
              {counts.error > waiting && t('mapErrors', { count: counts.error - waiting })}
            </>
          )}
        </p>
        <SaveTemplate importId={item.id} isReady={hasDay && !change.isPending} />
        <Button kind="primary" icon="chevronRight" disabled={!hasDay || change.isPending} onClick={onNext}>
          {t('mapNext')}
        </Button>
      </div>
    </div>
  );
}

interface PartProps {
  table: ImportTable;
  mapping: ImportMapping;
  isBlocked: boolean;
  onChange: (mapping: ImportMapping) => void;
}

function Columns({ table, mapping, isBlocked, onChange }: PartProps) {
  const choices = [
    { value: '', label: t('fieldNone') },
    ...MAPPED_FIELDS.map((field) => ({ value: field, label: t(`field_${field}`) })),
  ];
  return (
    <Table
      caption={t('mapTitle')}
      rows={table.columns}
      rowKey={({ name }) => name}
      columns={[
        { id: 'column', header: t('column'), isRowHeader: true, cell: ({ name }) => name || t('mapUnnamed') },
        {
          id: 'samples',
          header: t('mapSamples'),
          cell: ({ samples }) => <Samples samples={samples} />,
        },
        {
          id: 'field',
          header: t('mapField'),
          cell: ({ name }) => (
            <span className="flex flex-wrap gap-x-2 gap-y-1 *:grow *:basis-36">
              <Select
                aria-label={t('mapFieldOf', { column: name })}
                className="min-w-36"
                choices={choices}
                disabled={isBlocked}
                value={mapping.columns[name] ?? ''}
                onChange={({ target }) =>
                  onChange(withColumn(mapping, name, target.value as MappedField | ''))
                }
              />
              {isFigure(mapping.columns[name]) && (
                <Select
                  aria-label={t('mapSignOf', { column: name })}
                  className="min-w-36"
                  choices={[
                    { value: '', label: t('mapSignAuto') },
                    { value: '.', label: t('decimalPoint') },
                    { value: ',', label: t('decimalComma') },
                  ]}
                  disabled={isBlocked}
                  value={mapping.decimals[name] ?? ''}
                  onChange={({ target }) => onChange(withSign(mapping, name, target.value as Sign | ''))}
                />
              )}
            </span>
          ),
        },
      ]}
    />
  );
}

function Samples({ samples }: { samples: readonly string[] }) {
  if (samples.length === 0) return <span className="text-muted">{t('mapEmpty')}</span>;
  return (
    <span className="line-clamp-2 max-w-xs break-words text-muted">{samples.slice(0, 3).join(' · ')}</span>
  );
}

function Labels({ table, mapping, isBlocked, onChange }: PartProps) {
  return (
    <Card title={t('mapTypes')} flush>
      <p className="px-4 pb-2 text-muted text-sm">{t('mapTypesNote')}</p>
      <Table
        caption={t('mapTypes')}
        rows={table.labels}
        rowKey={({ label }) => label}
        columns={[
          { id: 'label', header: t('mapWord'), isRowHeader: true, cell: ({ label }) => label },
          { id: 'rows', header: t('rows'), isNumeric: true, cell: ({ rows }) => count(rows) },
          {
            id: 'type',
            header: t('type'),
            cell: ({ label }) => (
              <Select
                aria-label={t('mapTypeOf', { word: label })}
                className="min-w-36"
                choices={typeChoices()}
                disabled={isBlocked}
                value={mapping.types[label] ?? ''}
                onChange={({ target }) =>
                  onChange(withLabel(mapping, label, target.value as MappedType | ''))
                }
              />
            ),
          },
        ]}
      />
    </Card>
  );
}

const OWN_TYPES: Partial<Record<MappedType, Parameters<typeof t>[0]>> = {
  buy_sell_by_quantity: 'type_by_quantity',
  buy_sell_by_amount: 'type_by_amount',
  deposit_withdrawal_by_amount: 'type_cash',
  skip: 'type_skip',
};

function typeChoices() {
  return [
    { value: '', label: t('choose') },
    ...MAPPED_TYPES.map((type) => {
      const own = OWN_TYPES[type];
      return { value: type, label: own ? t(own) : transactionTypeLabel(type) };
    }),
  ];
}

/** How the file is written, and what stands in where it says nothing. */
function Written({ mapping, onChange }: { mapping: ImportMapping; onChange: PartProps['onChange'] }) {
  const currencies = useQuery(currenciesQuery).data?.items ?? [];
  const { fixed } = mapping;
  return (
    <Card title={t('options')}>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <SelectField
          label={t('decimal')}
          choices={[
            { value: '', label: t('decimalAuto') },
            { value: '.', label: t('decimalPoint') },
            { value: ',', label: t('decimalComma') },
          ]}
          value={mapping.decimal ?? ''}
          onChange={({ target }) =>
            onChange({ ...mapping, decimal: (target.value || null) as '.' | ',' | null })
          }
        />
        <SelectField
          label={t('dateOrder')}
          choices={[
            { value: '', label: t('dateAuto') },
            { value: 'dmy', label: t('dmy') },
            { value: 'mdy', label: t('mdy') },
          ]}
          value={mapping.date_order ?? ''}
          onChange={({ target }) =>
            onChange({ ...mapping, date_order: (target.value || null) as 'dmy' | 'mdy' | null })
          }
        />
        <SelectField
          label={t('currency')}
          choices={[{ value: '', label: t('currencyNone') }, ...currencyChoices(currencies, [])]}
          value={fixed.currency ?? ''}
          onChange={({ target }) =>
            onChange({ ...mapping, fixed: { ...fixed, currency: target.value || null } })
          }
        />
        <TextField
          label={t('account')}
          isOptional
          autoComplete="off"
          defaultValue={fixed.account ?? ''}
          onBlur={({ target }) => {
            const account = target.value.trim() || null;
            if (account !== fixed.account) onChange({ ...mapping, fixed: { ...fixed, account } });
          }}
        />
      </div>
      <div className="mt-4 text-sm">
        <Checkbox
          label={t('mapNet')}
          checked={mapping.gross_is_net}
          onChange={({ target }) => onChange({ ...mapping, gross_is_net: target.checked })}
        />
      </div>
    </Card>
  );
}
