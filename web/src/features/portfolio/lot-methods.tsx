import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Asked } from '@/api/parse/explanations';
import type { LotMethods } from '@/api/parse/performance';
import type { Portfolio } from '@/api/parse/portfolios';
import { lotMethodsQuery, useChangePortfolio } from '@/api/queries/portfolios';
import type { Day } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { count } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import type { Column } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { DialogFooter } from '@/ui/dialog';
import { ErrorState, FormError } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
import { Skeleton } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

type Row = LotMethods['items'][number];
type Method = Portfolio['lot_method'];
type Question = Pick<Asked, 'figure' | 'from'>;

/** What each lot method makes of the same transactions; one of them can be taken, and taken back. */
export function LotMethodsForm({ portfolio, onClose }: { portfolio: Portfolio; onClose: () => void }) {
  const { data, error, refetch } = useQuery(lotMethodsQuery(portfolio.id));
  const change = useChangePortfolio();
  const { toast } = useUi();
  const present = portfolio.lot_method;
  const [chosen, setChosen] = useState<Method>(present);
  const put = (method: Method) =>
    change.mutateAsync({ id: portfolio.id, etag: undefined, change: { lot_method: method } });
  // By promise: the dialog is gone when its toast is asked to take the change back.
  const undo = () =>
    put(present).then(
      () => toast({ text: t('lotMethodSet', { method: t(present) }) }),
      () => toast({ text: t('undoFailed'), tone: 'danger' }),
    );
  const apply = () =>
    put(chosen).then(
      () => {
        const action = { label: t('undo'), run: () => void undo() };
        toast({ text: t('lotMethodSet', { method: t(chosen) }), action });
        onClose();
      },
      // The form says what went wrong.
      () => undefined,
    );
  return (
    <>
      {data ? (
        <>
          <Table
            caption={t('lotMethods')}
            columns={columns(data, portfolio.id, chosen, setChosen)}
            rows={data.items}
            rowKey={({ lot_method }) => lot_method}
          />
          <p className="mt-3 text-muted text-xs">{t('lotMethodsNote')}</p>
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={240} />
      ) : (
        <Skeleton height={240} />
      )}
      <FormError error={change.error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button
          kind="primary"
          busy={change.isPending}
          disabled={chosen === present}
          onClick={() => void apply()}
        >
          {t('lotMethodApply')}
        </Button>
      </DialogFooter>
    </>
  );
}

// A phone shows them under the method; between, there is neither the room nor the need.
const UNDER = { under: true } as const;
const FROM_LG = { ...UNDER, from: 'lg' } as const;

/** The year of the figures begins after the last day of the one before. */
const lastDayBefore = (year: number) => `${year - 1}-12-31` as Day;

function columns(
  data: LotMethods,
  of: string,
  chosen: Method,
  onChoose: (method: Method) => void,
): Column<Row>[] {
  const currency = data.base_currency;
  const explained = (row: Row, asked: Question, cell: ReactNode) => (
    <Explained asked={{ of, to: data.as_of, lot_method: row.lot_method, ...asked }}>{cell}</Explained>
  );
  const gain = (
    id: string,
    header: string,
    value: (row: Row) => Dec | null,
    asked: Question,
    place: Pick<Column<Row>, 'from' | 'under'> = {},
  ): Column<Row> => ({
    id,
    header,
    isNumeric: true,
    ...place,
    cell: (row) =>
      explained(row, asked, <Gain value={value(row)} currency={currency} reason={t('noCost')} />),
  });
  const thisYear = { from: lastDayBefore(data.year) };
  return [
    {
      id: 'method',
      header: t('lotMethodShort'),
      isRowHeader: true,
      cell: ({ lot_method: method, is_present }) => (
        <label className="flex min-h-9 cursor-pointer items-center gap-2">
          <input
            type="radio"
            name="lot_method"
            className="size-4.5 shrink-0 accent-accent"
            checked={method === chosen}
            onChange={() => onChoose(method)}
          />
          <span className="flex flex-wrap items-center gap-x-2">
            {t(method)}
            {is_present && <Badge>{t('lotMethodPresent')}</Badge>}
          </span>
        </label>
      ),
    },
    gain('year', t('realisedIn', { year: String(data.year) }), (row) => row.realised_this_year.gain, {
      figure: 'realised_gain',
      ...thisYear,
    }),
    gain(
      'long',
      t('realisedLong'),
      (row) => row.realised_this_year.long,
      { figure: 'realised_gain_long', ...thisYear },
      FROM_LG,
    ),
    gain(
      'short',
      t('realisedShort'),
      (row) => row.realised_this_year.short,
      { figure: 'realised_gain_short', ...thisYear },
      FROM_LG,
    ),
    gain('realised', t('realised'), (row) => row.realised_gain, { figure: 'realised_gain' }, UNDER),
    gain('unrealised', t('unrealised'), (row) => row.unrealised_gain, { figure: 'unrealised_gain' }, UNDER),
    {
      id: 'cost',
      header: t('costBasis'),
      isNumeric: true,
      ...FROM_LG,
      cell: (row) =>
        explained(
          row,
          { figure: 'cost_basis' },
          <Amount value={row.cost_basis} currency={currency} reason={t('noCost')} />,
        ),
    },
    {
      id: 'lots',
      header: t('openLots'),
      isNumeric: true,
      ...FROM_LG,
      cell: (row) => explained(row, { figure: 'cost_basis' }, count(row.open_lots)),
    },
  ];
}
