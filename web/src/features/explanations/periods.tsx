import { StaleBadge } from '@/ui/badge';
import { figures, type Of, type Props, words } from './column';
import { t } from './messages';
import { Rows } from './section';
import { Age, currencyOf, Money, OnDay, Plain, PriceIn, Rate, TransactionLink } from './values';

export function Flows({ explanation: e }: Props) {
  const isWeighed = e.flows.some(({ weight }) => weight !== null);
  return (
    <Rows<Of<'flows'>>
      title={t('flows')}
      rows={e.flows}
      columns={[
        words('day', t('day'), ({ day }) => <OnDay day={day} />, true),
        words('transaction', t('transaction'), (row) => (
          <TransactionLink explanation={e} id={row.transaction_id} portfolioId={row.portfolio_id} />
        )),
        figures('days', t('daysIn'), ({ days }) => <Plain value={days} />),
        ...(isWeighed
          ? [figures<Of<'flows'>>('weight', t('partOfPeriod'), ({ weight }) => <Plain value={weight} />)]
          : []),
        figures('amount', t('amount'), ({ amount }) => <Money value={amount} currency={e.base_currency} />),
      ]}
    />
  );
}

export function SubPeriods({ explanation: e }: Props) {
  const money = (value: Of<'sub_periods'>['inflow']) => <Money value={value} currency={e.base_currency} />;
  return (
    <Rows<Of<'sub_periods'>>
      title={t('subPeriods')}
      rows={e.sub_periods}
      columns={[
        words('from', t('fromDay'), ({ start }) => <OnDay day={start} />, true),
        words('to', t('toDay'), ({ end }) => <OnDay day={end} />),
        figures('start_value', t('startValue'), ({ start_value }) => money(start_value)),
        figures('inflow', t('inflow'), ({ inflow }) => money(inflow)),
        figures('outflow', t('outflow'), ({ outflow }) => money(outflow)),
        figures('end_value', t('endValue'), ({ end_value }) => money(end_value)),
        figures('growth', t('growth'), ({ growth }) => <Plain value={growth} />),
      ]}
    />
  );
}

export function Spans({ explanation: e }: Props) {
  const isLocal = e.terms.some(({ name }) => name.endsWith('_local'));
  return (
    <Rows<Of<'spans'>>
      title={t('spans')}
      rows={e.spans}
      columns={[
        words('name', t('name'), ({ symbol }) => symbol, true),
        words('from', t('fromDay'), ({ start }) => <OnDay day={start} />),
        words('to', t('toDay'), ({ end }) => <OnDay day={end} />),
        figures('invested', t('invested'), (row) => (
          <Money value={row.invested} currency={e.base_currency} />
        )),
        ...(isLocal
          ? [
              figures<Of<'spans'>>('invested_local', t('investedLocal'), (row) => (
                <Money value={row.invested_local} currency={currencyOf(e, row.asset_id)} />
              )),
            ]
          : []),
      ]}
    />
  );
}

export function Curve({ explanation: { curve } }: Props) {
  if (!curve) return null;
  type Point = { day: string; value: number | null };
  const rows: Point[] = curve.days.map((day, at) => ({ day, value: curve.values[at] ?? null }));
  return (
    <Rows
      title={t(curve.name === 'growth' ? 'growthCurve' : curve.name)}
      rows={rows}
      columns={[
        words<Point>('day', t('day'), ({ day }) => <OnDay day={day} />, true),
        figures<Point>('value', t('value'), ({ value }) => <Plain value={value} />),
      ]}
    />
  );
}

export function Prices({ explanation: e }: Props) {
  return (
    <Rows<Of<'prices'>>
      title={t('prices')}
      rows={e.prices}
      columns={[
        words('name', t('name'), ({ symbol }) => <span className="font-semibold">{symbol}</span>, true),
        words('on', t('used'), ({ on }) => <OnDay day={on} />),
        figures('price', t('price'), (row) => (
          <PriceIn value={row.price} currency={currencyOf(e, row.asset_id)} />
        )),
        words('quoted', t('quotedOn'), (row) => <Quoted row={row} />),
        figures('age', t('age'), ({ age_days }) => <Age days={age_days} />),
        words('source', t('source'), (row) =>
          row.source === 'trade' ? t('sourceTrade') : (row.provider ?? t('sourceQuote')),
        ),
      ]}
    />
  );
}

function Quoted({ row }: { row: { quoted_on: string; is_stale: boolean } }) {
  return (
    <span className="inline-flex items-center gap-2">
      <OnDay day={row.quoted_on} />
      {row.is_stale && <StaleBadge asOf={row.quoted_on} />}
    </span>
  );
}

export function Rates({ explanation: e }: Props) {
  return (
    <Rows<Of<'rates'>>
      title={t('rates')}
      rows={e.rates}
      columns={[
        words('pair', t('pair'), ({ base, quote }) => `${base}/${quote}`, true),
        words('on', t('used'), ({ on }) => <OnDay day={on} />),
        figures('rate', t('rate'), ({ rate }) => <Rate value={rate} />),
        words('quoted', t('quotedOn'), (row) => <Quoted row={row} />),
        figures('age', t('age'), ({ age_days }) => <Age days={age_days} />),
      ]}
    />
  );
}
