import type { TransactionDetail } from '@/api/parse/transactions';
import { add, type Dec, ZERO } from '@/lib/decimal';
import { Amount, Quantity } from '@/ui/amount';
import type { Column } from '@/ui/column';
import { Icon } from '@/ui/icon';
import { Table } from '@/ui/table';
import { t } from './messages';

type Posting = TransactionDetail['postings'][number];

const KINDS = [
  'asset',
  'external',
  'transfer',
  'trading',
  'income',
  'fee',
  'tax',
  'opening',
  'adjustment',
] as const;

function kindLabel(kind: string): string {
  const known = KINDS.find((name) => name === kind);
  return known ? t(`kind_${known}`) : kind;
}

/** Sums per asset, in the order of the postings; each is zero or the books are wrong. */
export function sumsOf(postings: readonly Posting[]): { asset: string; isMoney: boolean; sum: Dec }[] {
  const sums = new Map<string, { asset: string; isMoney: boolean; sum: Dec }>();
  for (const { asset, asset_id, amount } of postings) {
    const before = sums.get(asset)?.sum ?? ZERO;
    sums.set(asset, { asset, isMoney: asset_id === null, sum: add(before, amount) });
  }
  return [...sums.values()];
}

function Units({ value, asset, isMoney }: { value: Dec; asset: string; isMoney: boolean }) {
  return isMoney ? <Amount value={value} currency={asset} /> : <Quantity value={value} />;
}

const COLUMNS: readonly Column<Posting & { at: number }>[] = [
  { id: 'kind', header: t('postingKind'), isRowHeader: true, cell: ({ kind }) => kindLabel(kind) },
  { id: 'account', header: t('account'), cell: ({ account }) => account },
  { id: 'asset', header: t('postingAsset'), cell: ({ asset }) => asset },
  {
    id: 'amount',
    header: t('postingAmount'),
    isNumeric: true,
    cell: ({ amount, asset, asset_id }) => <Units value={amount} asset={asset} isMoney={asset_id === null} />,
  },
];

export function Postings({ postings }: { postings: readonly Posting[] }) {
  return (
    <section>
      <h3 className="font-semibold text-sm">{t('postings')}</h3>
      <p className="mb-2 text-muted text-xs">{t('postingsNote')}</p>
      <div className="-mx-4">
        <Table
          caption={t('postings')}
          columns={COLUMNS}
          rows={postings.map((posting, at) => ({ ...posting, at }))}
          rowKey={({ at }) => String(at)}
          footer={sumsOf(postings).map(({ asset, isMoney, sum }) => ({
            id: asset,
            cells: {
              kind: t('sum', { asset }),
              amount: (
                <span className="inline-flex items-center gap-1">
                  {sum === ZERO && <Icon name="check" size={14} className="text-accent" />}
                  <Units value={sum} asset={asset} isMoney={isMoney} />
                </span>
              ),
            },
          }))}
        />
      </div>
    </section>
  );
}
