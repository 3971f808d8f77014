import type { ReactNode } from 'react';
import type { Prediction } from '@/api/parse/predictions';
import { formatDay } from '@/lib/dates';
import { change, count, percent } from '@/lib/format';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icon';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';
import { oddsText } from './odds';

const LEVELS = [
  { confidence: 0.95, times: 20 },
  { confidence: 0.99, times: 100 },
] as const;

/** A distribution in a few figures, each with what it is; then what it rests on. */
export function SummaryCard({ forecast }: { forecast: Prediction }) {
  const { return_quantiles: returns, volatility, confidence_score } = forecast;
  const known = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? <Unknown /> : format(value);
  const least = (level: string) => known(returns[level], change);
  return (
    <Card title={t('summary')}>
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
        <Figure name={t('range80')} is={t('range80Is')}>
          {least('0.1')} – {least('0.9')}
        </Figure>
        <Figure name={t('loss')} is={t('lossIs')}>
          {oddsText(forecast.probability_of_loss)}
        </Figure>
        <Figure name={t('volatility')} is={t('volatilityIs')}>
          {percent(volatility.horizon)}{' '}
          <span className="font-normal text-muted text-sm">
            {t('perYear', { value: percent(volatility.annualised) })}
          </span>
        </Figure>
        <Figure name={t('confidence')} is={t('confidenceIs')}>
          {confidence_score === null ? (
            <span className="font-normal text-muted">
              {t('confidenceNone')} <span className="sr-only">{t('confidenceNoneWhy')}</span>
            </span>
          ) : (
            percent(confidence_score)
          )}
        </Figure>
        {LEVELS.map(({ confidence, times }) => (
          <Figure
            key={confidence}
            name={t('var', { level: percent(confidence, 0) })}
            is={t('varIs', { times })}
          >
            {known(forecast.var[confidence], percent)}
          </Figure>
        ))}
        {LEVELS.map(({ confidence }) => (
          <Figure key={confidence} name={t('es', { level: percent(confidence, 0) })} is={t('esIs')}>
            {known(forecast.es[confidence], percent)}
          </Figure>
        ))}
      </dl>
      <Rests forecast={forecast} />
    </Card>
  );
}

function Figure({ name, is, children }: { name: string; is: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{name}</dt>
      <dd className="font-semibold text-lg tabular-nums">{children}</dd>
      <dd className="text-muted text-xs">{is}</dd>
    </div>
  );
}

const WARNED = [
  'short_history',
  'extrapolated_horizon',
  'suspected_split',
  'stale_prices',
  'sparse_prices',
  'wild_prices',
  'gap',
  'not_modelled',
  'few_common_days',
  'no_global_models',
  'no_boosting',
  'unsorted',
] as const;

/** Which history speaks, and what to know about it. */
function Rests({
  forecast: { model, data, parts, warnings, subject, is_simulated },
}: {
  forecast: Prediction;
}) {
  const span = { rows: count(data.rows), from: formatDay(data.from), to: formatDay(data.to) };
  const word = subject.kind === 'portfolio' ? 'rung_portfolio' : (`rung_${model.rung}` as const);
  return (
    <div className="mt-4 border-line border-t pt-3 text-sm">
      <p>
        <span className="font-medium">{t('rests')}:</span> {t(word, { ...span, count: parts.length })}{' '}
        {is_simulated && t('simulatedNote')}
      </p>
      {warnings.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1">
          {warnings.map(({ code, detail }) => {
            const known = WARNED.find((one) => one === code);
            return (
              <li key={`${code} ${detail}`} className="flex items-start gap-2">
                <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />
                <span className="min-w-0">
                  <span className="font-medium">{t(known ? `warn_${known}` : 'warn_other')}.</span>{' '}
                  <span className="text-muted">{detail}</span>
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
