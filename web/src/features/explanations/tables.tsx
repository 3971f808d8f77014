import { formatDay } from '@/lib/dates';
import { compare, dec } from '@/lib/decimal';
import { Badge } from '@/ui/badge';
import { figures, type Of, type Props, words } from './column';
import { nameOf, t } from './messages';
import { Rows } from './section';
import {
  currencyOf,
  Money,
  moneyIn,
  OnDay,
  Plain,
  PriceIn,
  Rate,
  TermValue,
  TransactionLink,
  Units,
} from './values';

const ONE = dec('1');

/** The numbers of the formula, with every digit and under the names it gives them. */
export function Terms({ explanation: e }: Props) {
  const place = (name: string) =>
    name === e.numerator ? t('numerator') : name === e.denominator ? t('denominator') : undefined;
  return (
    <Rows<Of<'terms'>>
      title={t('terms')}
      rows={e.terms}
      columns={[
        words('term', t('term'), (row) => <TermName row={row} place={place(row.name)} />, true),
        figures('value', t('value'), (row) => (
          <span data-term={row.name} className="text-xs">
            <TermValue value={row.value} kind={row.kind} currency={moneyIn(e, row.name, row)} />
          </span>
        )),
      ]}
    />
  );
}

interface TermNameProps {
  row: Of<'terms'>;
  place: string | undefined;
}

// One column on a phone too: the digits beside it need the room.
function TermName({ row: { name, symbol, day }, place }: TermNameProps) {
  const more = [symbol, day && formatDay(day), place].filter(Boolean).join(' · ');
  return (
    <span className="flex flex-col py-1">
      <span>{nameOf(name)}</span>
      <span className="text-muted text-xs">
        <code>{name}</code>
        {more && ` · ${more}`}
      </span>
    </span>
  );
}

export function Contributions({ explanation: e }: Props) {
  const amount = (row: Of<'contributions'>) =>
    e.kind === 'units' ? (
      <Units value={row.amount} />
    ) : (
      <Money value={row.amount} currency={moneyIn(e, e.figure, row)} />
    );
  return (
    <Rows<Of<'contributions'>>
      title={t('contributions')}
      rows={e.contributions}
      columns={[
        words('day', t('day'), ({ day }) => <OnDay day={day} />, true),
        words('transaction', t('transaction'), (row) => (
          <TransactionLink explanation={e} id={row.transaction_id} portfolioId={row.portfolio_id} />
        )),
        words('name', t('name'), ({ symbol }) => symbol),
        words('what', t('what'), ({ name }) => nameOf(name)),
        figures('amount', t('amount'), amount),
      ]}
    />
  );
}

export function Valuations({ explanation: e }: Props) {
  const base = e.base_currency;
  const isMultiplied = e.valuations.some(({ multiplier }) => compare(multiplier, ONE) !== 0);
  // What is the value of a line without a price.
  const isAtCost = e.valuations.some(({ is_at_cost }) => is_at_cost);
  // What units cost at the rate of the day parts a gain into that by price and that by currency.
  const isParted = e.terms.some(({ name }) => name.endsWith('cost_now'));
  return (
    <Rows<Of<'valuations'>>
      title={t('valuations')}
      rows={e.valuations}
      columns={[
        words('name', t('name'), ({ symbol }) => <span className="font-semibold">{symbol}</span>, true),
        words('day', t('day'), ({ day }) => <OnDay day={day} />),
        figures('quantity', t('quantity'), ({ quantity }) => <Units value={quantity} />),
        figures('price', t('price'), (row) =>
          row.is_at_cost ? <AtCost /> : row.price && <PriceIn value={row.price} currency={row.currency} />,
        ),
        ...(isMultiplied
          ? [
              figures<Of<'valuations'>>('multiplier', t('multiplier'), ({ multiplier }) => (
                <Plain value={multiplier} />
              )),
            ]
          : []),
        figures('rate', t('rate'), ({ rate }) => <Rate value={rate} />),
        figures('value', t('value'), ({ value }) => <Money value={value} currency={base} />),
        figures('cost', t('costColumn'), ({ cost }) => <Money value={cost} currency={base} />),
        ...(isAtCost
          ? [
              figures<Of<'valuations'>>('gross_cost', t('grossCost'), ({ gross_cost }) => (
                <Money value={gross_cost} currency={base} />
              )),
            ]
          : []),
        ...(isParted
          ? [
              figures<Of<'valuations'>>('cost_now', t('costNow'), ({ cost_now }) => (
                <Money value={cost_now} currency={base} />
              )),
            ]
          : []),
      ]}
    />
  );
}

function AtCost() {
  return <Badge tone="warning">{t('atCost')}</Badge>;
}

export function Lots({ explanation: e }: Props) {
  const base = e.base_currency;
  const isLocal = e.terms.some(({ name }) => name === 'cost_in_asset_currency');
  return (
    <Rows<Of<'lots'>>
      title={t('lots')}
      rows={e.lots}
      columns={[
        words('acquired', t('acquired'), (row) => <OnDay day={row.acquired_on} />, true),
        words('transaction', t('transaction'), (row) => (
          <TransactionLink explanation={e} id={row.transaction_id} portfolioId={row.portfolio_id} />
        )),
        words('name', t('name'), ({ symbol }) => symbol),
        words('account', t('account'), ({ account }) => account),
        figures('units', t('units'), ({ quantity }) => <Units value={quantity} />),
        figures('unit_cost', t('unitCost'), (row) => <PriceIn value={row.unit_cost} currency={base} />),
        figures('cost', t('costColumn'), ({ cost }) => <Money value={cost} currency={base} />),
        ...(isLocal
          ? [
              figures<Of<'lots'>>('cost_local', t('cost_in_asset_currency'), (row) => (
                <Money value={row.cost_in_asset_currency} currency={currencyOf(e, row.asset_id)} />
              )),
            ]
          : []),
      ]}
    />
  );
}

export function Disposals({ explanation: e }: Props) {
  const money = (value: Of<'disposals'>['gain']) => <Money value={value} currency={e.base_currency} />;
  return (
    <Rows<Of<'disposals'>>
      title={t('disposals')}
      rows={e.disposals}
      columns={[
        words('day', t('day'), ({ day }) => <OnDay day={day} />, true),
        words('transaction', t('transaction'), (row) => (
          <TransactionLink explanation={e} id={row.transaction_id} portfolioId={row.portfolio_id} />
        )),
        words('name', t('name'), ({ symbol }) => symbol),
        figures('proceeds', t('proceeds'), ({ proceeds }) => money(proceeds)),
        figures('cost', t('costColumn'), ({ cost }) => money(cost)),
        figures('gain', t('gain'), ({ gain }) => money(gain)),
        figures('price', t('byPrice'), ({ price }) => money(price)),
        figures('fx', t('byRate'), ({ fx }) => money(fx)),
      ]}
    />
  );
}

export function Matches({ explanation: e }: Props) {
  const base = e.base_currency;
  const money = (id: 'fees' | 'opened_now' | 'gain_price' | 'gain_fx', header: string) =>
    figures<Of<'matches'>>(id, header, (row) => <Money value={row[id]} currency={base} />);
  // What a sum is not made of would crowd out what it is.
  const isOfFees = e.figure.startsWith('realised_fees');
  const isParted = /_(price|fx)_(lots|long|short)$/.test(e.figure);
  return (
    <Rows<Of<'matches'>>
      title={t('matches')}
      rows={e.matches}
      columns={[
        words('disposed', t('disposed'), (row) => <OnDay day={row.disposed_on} />, true),
        words('transaction', t('transaction'), (row) => (
          <TransactionLink explanation={e} id={row.transaction_id} portfolioId={row.portfolio_id} />
        )),
        words('name', t('name'), ({ symbol }) => symbol),
        words('acquired', t('acquired'), (row) =>
          row.acquired_on ? <OnDay day={row.acquired_on} /> : t('unknownOrigin'),
        ),
        figures('units', t('units'), ({ quantity }) => <Units value={quantity} />),
        figures('proceeds', t('proceeds'), (row) => <Money value={row.proceeds} currency={base} />),
        figures('cost', t('costColumn'), ({ cost }) => <Money value={cost} currency={base} />),
        ...(isOfFees ? [money('fees', t('fee'))] : []),
        ...(isParted
          ? [
              words<Of<'matches'>>('side', t('side'), (row) => t(row.is_short ? 'sideShort' : 'sideLong')),
              money('opened_now', t('openedNow')),
              money('gain_price', t('byPrice')),
              money('gain_fx', t('byRate')),
            ]
          : []),
        figures('held', t('held'), ({ held_days }) => <Plain value={held_days} />),
      ]}
    />
  );
}

export function Transactions({ explanation: e }: Props) {
  const { transactions, transactions_count: count } = e;
  return (
    <Rows<Of<'transactions'>>
      title={t('transactions')}
      note={
        transactions.length < count ? t('transactionsSome', { shown: transactions.length, count }) : undefined
      }
      rows={transactions}
      columns={[
        words('day', t('day'), ({ day }) => <OnDay day={day} />, true),
        words('type', t('type'), (row) => (
          <TransactionLink explanation={e} id={row.id} portfolioId={row.portfolio_id} />
        )),
        words('name', t('name'), ({ symbol }) => symbol),
        words('account', t('account'), ({ account }) => account),
        figures('units', t('units'), (row) => row.quantity && <Units value={row.quantity} />),
        figures('price', t('price'), (row) =>
          row.unit_price ? <PriceIn value={row.unit_price} currency={row.currency ?? undefined} /> : null,
        ),
        figures('gross', t('gross'), (row) =>
          row.gross ? <Money value={row.gross} currency={row.currency ?? undefined} /> : null,
        ),
        figures('fee', t('fee'), (row) => (
          <Money value={row.fee} currency={row.fee_currency ?? row.currency ?? undefined} />
        )),
        figures('tax', t('tax'), ({ tax, currency }) => (
          <Money value={tax} currency={currency ?? undefined} />
        )),
      ]}
    />
  );
}
