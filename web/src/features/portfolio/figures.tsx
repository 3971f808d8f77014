import type { Holdings } from '@/api/parse/portfolios';
import type { Dec } from '@/lib/decimal';
import { Amount } from '@/ui/amount';
import { Card, Stat, StatRow } from '@/ui/card';
import { Delta, Gain } from '@/ui/delta';
import { FigureLabel } from '@/ui/figure';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';

/** The value and what it consists of. */
export function Headline({ data }: { data: Holdings | undefined }) {
  if (!data) return <Skeleton height={98} className="rounded-card max-md:h-[197px]!" />;
  const { totals, base_currency: currency } = data;
  const amount = (value: Dec | null) => <Amount value={value} currency={currency} reason={t('noValue')} />;
  return (
    <StatRow>
      <Stat
        label={<FigureLabel name="value" />}
        note={
          <span className="inline-flex flex-wrap gap-x-2">
            <Gain value={totals.day_gain} currency={currency} reason={t('noDay')} />
            <Delta value={totals.day_return} reason={t('noDay')} />
            <span className="max-sm:sr-only">{t('onTheDay')}</span>
          </span>
        }
      >
        {amount(totals.market_value)}
      </Stat>
      <Stat label={t('securities')} note={<Cost value={totals.cost_basis} currency={currency} />}>
        {amount(totals.securities_value)}
      </Stat>
      <Stat label={t('cash')} note="">
        {amount(totals.cash_value)}
      </Stat>
      <Stat label={<FigureLabel name="unrealised_gain" />} note="">
        <Gain value={totals.unrealised_gain} currency={currency} reason={t('noCost')} />
      </Stat>
    </StatRow>
  );
}

function Cost({ value, currency }: { value: Dec | null; currency: string }) {
  return (
    <span className="inline-flex flex-wrap gap-x-1">
      {t('costBasis')} <Amount value={value} currency={currency} reason={t('noCost')} />
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
                {isGain ? (
                  <Gain value={data.totals[id]} currency={data.base_currency} reason={t('noCost')} />
                ) : (
                  <Amount value={data.totals[id]} currency={data.base_currency} reason={t('noValue')} />
                )}
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
