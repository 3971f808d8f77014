import type { Transaction } from '@/api/parse/transactions';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { formatDay } from '@/lib/dates';
import { Amount, Price, Quantity } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import type { Column } from '@/ui/column';
import { t } from './messages';
import { assetOf, typeLabel } from './types';

export function TypeName({ item }: { item: Transaction }) {
  // Most rows by far: the cell cuts it off, and tells it.
  if (!item.reversed_by_id && !item.reverses_id) return typeLabel(item.type);
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-2">
      <span className="max-w-full truncate" title={typeLabel(item.type)}>
        {typeLabel(item.type)}
      </span>
      {item.reversed_by_id && <Badge tone="warning">{t('reversed')}</Badge>}
      {item.reverses_id && <Badge>{t('reversal')}</Badge>}
    </span>
  );
}

function UnitPrice({ item }: { item: Transaction }) {
  if (item.unit_price === null) return null;
  return <Price value={item.unit_price} currency={item.currency ?? ''} />;
}

export function Total({ item }: { item: Transaction }) {
  if (item.total_amount === null) return null;
  return <Amount value={item.total_amount} currency={item.total_currency ?? item.currency ?? ''} signed />;
}

/** "OLD → NEW" where one asset became another. */
function symbolsOf(item: Transaction): string {
  return [symbolOf(assetOf(item)), item.to_symbol].filter(Boolean).join(' → ');
}

// A cell that a type does not have stays empty: a dash would say that a figure is missing.
export const COLUMNS: readonly Column<Transaction>[] = [
  {
    id: 'day',
    header: t('day'),
    width: '7.75rem',
    isSortable: true,
    isRowHeader: true,
    cell: ({ day }) => formatDay(day),
  },
  {
    id: 'type',
    header: t('type'),
    width: '6rem',
    isSortable: true,
    cell: (item) => <TypeName item={item} />,
  },
  {
    id: 'symbol',
    header: t('symbol'),
    width: 'minmax(9rem,1.8fr)',
    isSortable: true,
    cell: (item) => (
      <>
        <span className="font-medium">{symbolsOf(item)}</span>{' '}
        {!item.to_symbol && <span className="text-muted text-xs">{nameBeside(assetOf(item))}</span>}
      </>
    ),
  },
  {
    id: 'quantity',
    header: t('quantity'),
    width: '6rem',
    isNumeric: true,
    cell: ({ quantity }) => quantity && <Quantity value={quantity} />,
  },
  {
    id: 'unit_price',
    header: t('price'),
    width: '6.5rem',
    isNumeric: true,
    cell: (item) => <UnitPrice item={item} />,
  },
  {
    id: 'fee',
    header: t('fee'),
    width: '4.75rem',
    isNumeric: true,
    cell: ({ fee, fee_currency, currency }) =>
      fee && <Amount value={fee} currency={fee_currency ?? currency ?? ''} />,
  },
  {
    id: 'total_amount',
    header: t('total'),
    width: '7.75rem',
    isNumeric: true,
    isSortable: true,
    cell: (item) => <Total item={item} />,
  },
  {
    id: 'account',
    header: t('account'),
    width: 'minmax(5.5rem,1.1fr)',
    isSortable: true,
    cell: ({ account }) => account,
  },
  {
    id: 'note',
    header: t('note'),
    width: 'minmax(7rem,1.4fr)',
    cell: ({ note }) => <span className="text-muted text-xs">{note}</span>,
  },
];

/** Two lines of a phone. */
export function CompactRow({ item }: { item: Transaction }) {
  const { quantity, unit_price } = item;
  return (
    <>
      <div className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate">
          <TypeName item={item} /> <span className="font-semibold">{symbolsOf(item)}</span>
        </span>
        <Total item={item} />
      </div>
      <div className="flex items-baseline justify-between gap-3 text-muted text-xs">
        <span className="min-w-0 truncate">
          {formatDay(item.day)} · {item.account}
        </span>
        {quantity && (
          <span className="shrink-0">
            <Quantity value={quantity} />
            {unit_price && (
              <>
                {' × '}
                <UnitPrice item={item} />
              </>
            )}
          </span>
        )}
      </div>
    </>
  );
}

/** A pencil for the row; "e" does the same. */
export function editColumn(onEdit: (item: Transaction) => void): Column<Transaction> {
  return {
    id: 'edit',
    header: t('rowEdit'),
    isHeaderHidden: true,
    width: '3.75rem',
    cell: (item) =>
      !item.reversed_by_id &&
      !item.reverses_id && (
        // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the click from the row
        <span onClick={(event) => event.stopPropagation()}>
          <IconButton icon="edit" label={t('rowEdit')} onClick={() => onEdit(item)} />
        </span>
      ),
  };
}
