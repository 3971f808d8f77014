import type { Advice, Option, Questionnaire } from '@/api/parse/advice';
import { formatDay, formatInstant } from '@/lib/dates';
import { percent } from '@/lib/format';
import { Amount, Quantity } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Icon } from '@/ui/icon';
import { Table } from '@/ui/table';
import { loss, movedText, t } from './advice-messages';
import { oddsText } from './odds';
import { Trace } from './trace';

type Row = Option & { isRecommended: boolean };
type Order = Advice['orders'][number];

/** What was recommended, beside what there is and what else was looked at, and why. */
export function Recommendation({ advice, questionnaire }: { advice: Advice; questionnaire: Questionnaire }) {
  const { recommended, alternatives, current, base_currency: currency } = advice;
  const rows: Row[] = [
    { ...recommended, isRecommended: true },
    { ...current, isRecommended: false },
    ...alternatives.map((one) => ({ ...one, isRecommended: false })),
  ];
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">
        {t('given', {
          when: formatInstant(advice.created_at),
          goal: advice.goal.name,
          day: formatDay(advice.goal.target_on),
        })}{' '}
        {t('older')} <span className="font-medium text-text">{advice.disclaimer}</span>
      </p>
      <Card title={t('sideBySide')} flush>
        <Table
          caption={t('sideBySide')}
          columns={optionColumns(currency)}
          rows={rows}
          rowKey={({ method, isRecommended }) => `${method} ${isRecommended}`}
        />
        <p className="px-4 py-2 text-muted text-xs">{t('optionsNote')}</p>
      </Card>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <WeightsCard advice={advice} />
        <Card title={t('binding')}>
          <Binding advice={advice} />
          <h3 className="mt-4 font-medium text-sm">{t('premia')}</h3>
          <dl className="mt-1 flex flex-col gap-1 text-sm">
            {advice.premia_moved.map(({ premium_change, goal }) => (
              <div key={premium_change} className="flex justify-between gap-3">
                <dt className="text-muted">{movedText(premium_change)}</dt>
                <dd>
                  {t('reach')} {oddsText(goal.probability)}
                </dd>
              </div>
            ))}
          </dl>
        </Card>
      </div>
      <Card title={t('changes')} flush>
        <p className="px-4 pb-2 text-muted text-xs">{t('changesNote')}</p>
        {advice.orders.length === 0 ? (
          <p className="px-4 pb-4 text-sm">{t('noChanges')}</p>
        ) : (
          <Table
            caption={t('changes')}
            columns={orderColumns(currency)}
            rows={advice.orders}
            rowKey={({ label, asset_id }) => `${asset_id} ${label}`}
          />
        )}
      </Card>
      <Trace advice={advice} questionnaire={questionnaire} />
      <Returns advice={advice} />
      {advice.warnings.length > 0 && (
        <ul className="flex flex-col gap-1 text-sm">
          {advice.warnings.map(({ code, detail }) => (
            <li key={`${code} ${detail}`} className="flex items-start gap-2">
              <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />
              {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function optionColumns(currency: string): Column<Row>[] {
  return [
    {
      id: 'portfolio',
      header: t('portfolio'),
      isRowHeader: true,
      cell: ({ method, isRecommended, keeps_limits }) => (
        <span className="flex flex-wrap items-center gap-x-2">
          <span className={isRecommended ? 'font-semibold' : undefined}>{t(`method_${method}`)}</span>
          {isRecommended && <Badge tone="accent">{t('recommended')}</Badge>}
          {!keeps_limits && <Badge tone="warning">{t('beyondLimits')}</Badge>}
        </span>
      ),
    },
    {
      id: 'reach',
      header: t('reach'),
      isNumeric: true,
      cell: ({ goal }) => (
        <span className="whitespace-nowrap">
          <span className="font-semibold">{oddsText(goal.probability)}</span>{' '}
          <span className="text-muted text-xs">{t('give', { error: percent(goal.error) })}</span>
        </span>
      ),
    },
    {
      id: 'fall',
      under: true,
      header: t('worstFall'),
      isNumeric: true,
      cell: ({ drawdown_95 }) => percent(drawdown_95, 0),
    },
    {
      id: 'es',
      under: true,
      header: t('shortfall'),
      isNumeric: true,
      cell: ({ expected_shortfall_95 }) => loss(expected_shortfall_95),
    },
    {
      id: 'expected',
      under: true,
      header: t('returnOfYear'),
      isNumeric: true,
      cell: ({ expected_return }) => percent(expected_return),
    },
    {
      id: 'volatility',
      under: true,
      header: t('volatilityOfYear'),
      isNumeric: true,
      cell: (one) => percent(one.volatility),
    },
    {
      id: 'turnover',
      under: true,
      header: t('turnover'),
      isNumeric: true,
      cell: (one) => given(one.turnover, 0),
    },
    {
      id: 'tracking',
      under: true,
      header: t('trackingError'),
      isNumeric: true,
      cell: (one) => given(one.tracking_error),
    },
    {
      id: 'outcomes',
      under: true,
      header: t('atEnd'),
      isNumeric: true,
      cell: ({ outcomes }) => (
        <span className="flex flex-col items-end text-xs leading-tight">
          {['0.1', '0.5', '0.9'].map((level) => (
            <Amount key={level} value={outcomes[level]} currency={currency} />
          ))}
        </span>
      ),
    },
  ];
}

/** Advice of earlier days was given without it. */
function given(fraction: number | null | undefined, digits?: number): string {
  return fraction === null || fraction === undefined ? '–' : percent(fraction, digits);
}

function orderColumns(currency: string): Column<Order>[] {
  const [before, after] = t('about').split('{quantity}');
  return [
    {
      id: 'what',
      header: t('what'),
      isRowHeader: true,
      cell: ({ side, label }) => (
        <>
          {t(`side_${side}`)} <span className="font-medium">{label}</span>
        </>
      ),
    },
    {
      id: 'amount',
      header: t('whatIfAmount'),
      isNumeric: true,
      cell: ({ amount, quantity_about, asset_id }) => (
        <span className="flex flex-col items-end leading-tight">
          <Amount value={amount} currency={currency} />
          {asset_id && (
            <span className="text-muted text-xs">
              {before}
              <Quantity value={quantity_about} rough />
              {after}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'weights',
      header: t('weights'),
      isNumeric: true,
      cell: (one) => (
        <span className="whitespace-nowrap">
          {percent(one.weight_before)} → {percent(one.weight_after)}
        </span>
      ),
    },
    {
      id: 'why',
      under: true,
      header: t('why'),
      cell: ({ reasons }) => (
        <ul className="py-0.5 md:min-w-56 text-muted text-xs">
          {reasons.map(({ code, detail }) => (
            <li key={code}>{detail}</li>
          ))}
        </ul>
      ),
    },
  ];
}

function WeightsCard({ advice: { recommended, current } }: { advice: Advice }) {
  const name = ({ asset_id, label }: { asset_id: string | null; label: string }) => `${asset_id} ${label}`;
  const before = new Map(current.weights.map((one) => [name(one), one.weight]));
  const rows = recommended.weights
    .map((one) => ({ key: name(one), label: one.label, now: before.get(name(one)) ?? 0, later: one.weight }))
    .filter(({ now, later }) => now > 0 || later > 0);
  return (
    <Card title={t('weights')} flush>
      <Table
        caption={t('weights')}
        columns={[
          { id: 'asset', header: t('asset'), isRowHeader: true, cell: ({ label }) => label },
          { id: 'now', header: t('now'), isNumeric: true, cell: ({ now }) => percent(now) },
          { id: 'later', header: t('recommended'), isNumeric: true, cell: ({ later }) => percent(later) },
        ]}
        rows={rows}
        rowKey={({ key }) => key}
      />
    </Card>
  );
}

function Binding({ advice: { binding } }: { advice: Advice }) {
  if (binding.length === 0) return <p className="text-sm">{t('bindNone')}</p>;
  return (
    <ul className="flex list-disc flex-col gap-1 ps-5 text-sm">
      {binding.map(({ limit, bound, assets }) => (
        <li key={`${limit} ${assets.join()}`}>
          {t(`bind_${limit}`, { value: percent(bound), assets: assets.join(', ') })}
        </li>
      ))}
    </ul>
  );
}

/** Stated returns with their sources: nothing here is a mean of past prices. */
function Returns({ advice: { premia } }: { advice: Advice }) {
  return (
    <details className="card px-4 py-3 text-sm">
      <summary className="w-fit rounded-sm font-medium">{t('returns')}</summary>
      <ul className="mt-2 flex flex-col gap-1">
        {premia.assets.map(({ asset_id, label, expected_return, source }) => (
          <li key={`${asset_id} ${label}`}>
            <span className="font-medium">{label}</span> {percent(expected_return)}{' '}
            <span className="text-muted text-xs">{source}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
