import type { Asked } from '@/api/parse/explanations';
import type { Holdings } from '@/api/parse/portfolios';
import { addDays } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { Amount } from '@/ui/amount';
import { Card, Stat, StatRow } from '@/ui/card';
import { closedReason } from '@/ui/day-change';
import { Delta, Gain } from '@/ui/delta';
import { Explained } from '@/ui/explained';
import { FigureLabel } from '@/ui/figure';
import { Skeleton } from '@/ui/skeleton';
import { figureText } from './figure-words';
import { t } from './messages';

/** The value and what it consists of. */
export function Headline({ data }: { data: Holdings | undefined }) {
  if (!data) return <Skeleton height={98} className="rounded-card max-md:h-[197px]!" />;
  const { portfolio_id: of, totals, base_currency: currency, as_of: to } = data;
  const day = { of, from: addDays(to, -1), to };
  const closed = closedReason(data);
  const amount = (figure: Asked['figure'], value: Dec | null) => (
    <Explained asked={{ of, figure, to }}>
      <Amount value={value} currency={currency} reason={t('noValue')} />
    </Explained>
  );
  return (
    <StatRow>
      <Stat
        label={<FigureLabel text={figureText('value')} />}
        note={
          closed ?? (
            <span className="inline-flex flex-wrap items-baseline gap-x-2">
              <Explained asked={{ figure: 'simple_gain', ...day }}>
                <Gain value={totals.day_gain} currency={currency} reason={t('noDay')} />
              </Explained>
              <Explained asked={{ figure: 'twr', ...day }}>
                <Delta value={totals.day_return} reason={t('noDay')} />
              </Explained>
              <span className="max-sm:sr-only">{t('onTheDay')}</span>
            </span>
          )
        }
      >
        {amount('market_value', totals.market_value)}
      </Stat>
      <Stat label={t('securities')} note={<Cost data={data} />}>
        {amount('securities_value', totals.securities_value)}
      </Stat>
      <Stat label={t('cash')} note="">
        {amount('cash_value', totals.cash_value)}
      </Stat>
      <Stat label={<FigureLabel text={figureText('unrealised_gain')} />} note="">
        <Explained asked={{ of, figure: 'unrealised_gain', to }}>
          <Gain value={totals.unrealised_gain} currency={currency} reason={t('noCost')} />
        </Explained>
      </Stat>
    </StatRow>
  );
}

function Cost({ data: { portfolio_id: of, totals, base_currency, as_of } }: { data: Holdings }) {
  return (
    <span className="inline-flex flex-wrap gap-x-1">
      {t('costBasis')}
      <Explained asked={{ of, figure: 'cost_basis', to: as_of }}>
        <Amount value={totals.cost_basis} currency={base_currency} reason={t('noCost')} />
      </Explained>
    </span>
  );
}

const FIGURES = [
  { id: 'unrealised_gain', label: 'unrealised', means: 'unrealisedMeans', isGain: true },
  { id: 'realised_gain', label: 'realised', means: 'realisedMeans', isGain: true },
  { id: 'income', label: 'income', means: 'incomeMeans', isGain: true },
  { id: 'fees', label: 'fees', means: 'feesMeans', isGain: false },
  { id: 'taxes', label: 'taxes', means: 'taxesMeans', isGain: false },
] as const;

/** Gains, income and costs, each with what it means. */
export function FiguresCard({ data }: { data: Holdings | undefined }) {
  return (
    <Card title={t('figures')}>
      {data ? (
        <dl className="flex flex-col">
          {FIGURES.map(({ id, label, means, isGain }) => (
            <div
              key={id}
              className="grid min-h-13 grid-cols-[1fr_auto] items-center gap-x-4 border-line border-t py-1.5 first:border-0"
            >
              <dt className="font-medium">{t(label)}</dt>
              <dd className="row-span-2 text-end">
                <Explained asked={{ of: data.portfolio_id, figure: id, to: data.as_of }}>
                  {isGain ? (
                    <Gain value={data.totals[id]} currency={data.base_currency} reason={t('noCost')} />
                  ) : (
                    <Amount value={data.totals[id]} currency={data.base_currency} reason={t('noValue')} />
                  )}
                </Explained>
              </dd>
              <dd className="text-muted text-xs">{t(means)}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <Skeleton height={260} />
      )}
    </Card>
  );
}
