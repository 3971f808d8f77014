import type { Explanation } from '@/api/parse/explanations';
import { count, percent } from '@/lib/format';
import { about } from '@/ui/about';
import { Delta, Gain } from '@/ui/delta';
import { DigitsProvider } from './digits';
import { nameOf, t } from './messages';
import { Section } from './section';
import { currencyOf, Money, moneyIn, PriceIn, Reason, TermValue, Units } from './values';

// A share or a depth has no direction; every other ratio is a change, every gain or flow is one of money.
const LEVELS =
  /^(weight|drift|volatility|volatility_period|semi_volatility_period|drawdown_max|benchmark_volatility|benchmark_drawdown_max)$/;
const GAINS = /gain|^income$|^net_flow$/;

interface Props {
  explanation: Explanation;
}

/** The figure as the page has it, and under it with every digit. */
export function Headline({ explanation: e }: Props) {
  const currency = e.kind === 'money' ? moneyIn(e, e.figure, e) : currencyOf(e, e.asset_id);
  return (
    <div>
      <p className="font-semibold text-2xl tracking-tight" data-testid="explained">
        <DigitsProvider value={false}>
          <Shown explanation={e} currency={currency} />
        </DigitsProvider>
      </p>
      {e.value === null ? (
        <Reason reason={e.reason} />
      ) : (
        e.kind !== 'days' &&
        e.kind !== 'count' && (
          <DigitsProvider value>
            <Exactly explanation={e} currency={currency} />
          </DigitsProvider>
        )
      )}
    </div>
  );
}

interface ShownProps extends Props {
  currency: string | undefined;
}

function Shown({ explanation: { figure, value, kind }, currency }: ShownProps) {
  if (typeof value === 'number') {
    if (kind !== 'ratio') return count(value);
    return LEVELS.test(figure) ? percent(value, 2) : <Delta value={value} />;
  }
  if (kind === 'units') return <Units value={value} />;
  if (kind !== 'money') return <PriceIn value={value} currency={currency} />;
  if (GAINS.test(figure) && currency) return <Gain value={value} currency={currency} />;
  return <Money value={value} currency={currency} />;
}

function Exactly({ explanation: { value, kind }, currency }: ShownProps) {
  const [before, after] = t('exactly').split('{value}');
  return (
    <p className="text-muted text-sm">
      {before}
      <span data-testid="exactly">
        <TermValue value={value} kind={kind} currency={currency} />
      </span>
      {after}
    </p>
  );
}

/** In words, and in the names that the tables below have. */
export function Formula({ explanation: { words, expression, growth } }: Props) {
  return (
    <Section title={t('formula')}>
      <p>{words}</p>
      <p className="rounded-md bg-wash px-3 py-2 text-sm">
        <code className="break-words">{expression}</code>
        {growth && (
          <>
            <br />
            <span className="text-muted">{t('growthIs')}</span> <code className="break-words">{growth}</code>
          </>
        )}
      </p>
    </Section>
  );
}

export function Warnings({ explanation }: Props) {
  const { warnings, valuations, lots, prices, transactions } = explanation;
  const named = [...valuations, ...lots, ...prices, ...transactions];
  if (warnings.length === 0) return null;
  return (
    <Section title={t('warnings')}>
      <ul className="flex list-disc flex-col gap-1 ps-5 text-loss text-sm">
        {warnings.map(({ code, message, asset_id, transaction_id, day }) => (
          <li key={`${code} ${message} ${asset_id} ${transaction_id} ${day}`}>
            {about(named, asset_id, message)}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What the portfolio has chosen, on which the figure depends. */
export function Policies({ explanation: { policies } }: Props) {
  const own = t('eachItsOwn');
  const yes = (value: boolean | null) => (value === null ? own : t(value ? 'yes' : 'no'));
  const named = (value: string | null) => (value === null ? own : nameOf(value));
  const { lot_scope } = policies;
  const rows = [
    [t('lot_method'), named(policies.lot_method)],
    [
      t('lot_scope'),
      lot_scope === null ? own : t(lot_scope === 'account' ? 'scopeAccount' : 'scopePortfolio'),
    ],
    [t('feesIn'), yes(policies.fees_in_cost)],
    [t('taxesIn'), yes(policies.taxes_in_cost)],
    [t('cashPolicy'), named(policies.cash)],
    [t('flow_timing'), nameOf(policies.flow_timing)],
    [t('calendar'), nameOf(policies.calendar)],
  ] as const;
  return (
    <Section title={t('policies')}>
      <dl className="grid gap-x-6 text-sm sm:grid-cols-2">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4 border-line border-b py-1">
            <dt className="text-muted">{name}</dt>
            <dd className="text-end">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
