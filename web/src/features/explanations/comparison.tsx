import { compare, dec } from '@/lib/decimal';
import { figures, type Of, type Props, words } from './column';
import { t } from './messages';
import { Rows } from './section';
import { Money, OnDay, Plain, PriceIn, Rate, TransactionLink, Units } from './values';

const ONE = dec('1');

/** The units of the benchmark that the value at the start and each flow would have bought. */
export function Bought({ explanation: e }: Props) {
  return (
    <Rows<Of<'bought'>>
      title={t('bought')}
      note={isSplit(e) ? t('unitValuesNote') : undefined}
      rows={e.bought}
      columns={[
        words('day', t('day'), ({ day }) => <OnDay day={day} />, true),
        words('transaction', t('transaction'), (row) =>
          row.transaction_id === null ? (
            t('atStart')
          ) : (
            <TransactionLink explanation={e} id={row.transaction_id} portfolioId={row.portfolio_id} />
          ),
        ),
        figures('amount', t('amount'), ({ amount }) => <Money value={amount} currency={e.base_currency} />),
        figures('unit_value', t('unitValue'), (row) => (
          <PriceIn value={row.unit_value} currency={e.base_currency} />
        )),
        figures('units', t('units'), ({ units }) => <Units value={units} />),
      ]}
    />
  );
}

/** Close × exchange rate × splits, on each day that counts. */
export function UnitValues({ explanation: e }: Props) {
  return (
    <Rows<Of<'unit_values'>>
      title={t('unitValues')}
      note={isSplit(e) ? t('unitValuesNote') : undefined}
      rows={e.unit_values}
      columns={[
        words('name', t('name'), ({ symbol }) => <span className="font-semibold">{symbol}</span>, true),
        words('day', t('day'), ({ day }) => <OnDay day={day} />),
        figures('close', t('close'), (row) => <PriceIn value={row.close} currency={row.currency} />),
        figures('rate', t('rate'), ({ rate }) => <Rate value={rate} />),
        ...(isSplit(e)
          ? [figures<Of<'unit_values'>>('splits', t('splits'), ({ splits }) => <Plain value={splits} />)]
          : []),
        figures('value', t('value'), ({ value }) => <PriceIn value={value} currency={e.base_currency} />),
      ]}
    />
  );
}

function isSplit({ unit_values }: Props['explanation']): boolean {
  return unit_values.some(({ splits }) => compare(splits, ONE) !== 0);
}
