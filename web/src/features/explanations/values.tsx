import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Explanation } from '@/api/parse/explanations';
import { type Day, formatDay } from '@/lib/dates';
import { type Dec, isDec } from '@/lib/decimal';
import { exact, quantity } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { Amount, ExactAmount, Price, Quantity } from '@/ui/amount';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { Unknown } from '@/ui/unknown';
import { useEveryDigit } from './digits';
import { t, whyNot } from './messages';

export type Kind = Explanation['kind'];
export type Value = Explanation['value'];
type Row = { asset_id: string | null; symbol: string | null };

/** The currency an asset is quoted in, where the explanation says it. */
export function currencyOf(
  { valuations, unit_values }: Explanation,
  assetId: string | null,
): string | undefined {
  const rows = [...valuations, ...unit_values];
  return rows.find(({ asset_id }) => asset_id !== null && asset_id === assetId)?.currency;
}

/** Money is in base currency unless its name says otherwise; the balance of a currency is in that. */
export function moneyIn(explanation: Explanation, name: string, { asset_id }: Row): string | undefined {
  if (name === 'cash' && explanation.symbol) return explanation.symbol;
  const isLocal = name.endsWith('_local') || name === 'cost_in_asset_currency';
  return isLocal ? currencyOf(explanation, asset_id) : explanation.base_currency;
}

/** A fraction or a count with every digit it has: it is there to be worked on. */
export function Plain({ value }: { value: Value }) {
  if (value === null) return <Unknown />;
  const text = String(value);
  // The least of floats come as 1e-17, which is no decimal for Intl's exact path.
  return <span className="break-all">{isDec(text) ? exact(text) : text}</span>;
}

interface TermValueProps {
  value: Value;
  kind: Kind;
  /** Of money and prices; without one the bare number stands there. */
  currency: string | undefined;
}

/** A number of the formula with every digit. */
export function TermValue({ value, kind, currency }: TermValueProps) {
  if (value === null) return <Unknown />;
  if (!isDec(value)) return <Plain value={value} />;
  if (kind === 'units') return <Units value={value} />;
  if (kind !== 'money') return <Plain value={value} />;
  return currency ? <ExactAmount value={value} currency={currency} /> : <Quantity value={value} />;
}

export function Money({ value, currency }: { value: Dec | null; currency: string | undefined }) {
  const isExact = useEveryDigit();
  if (!currency) return <Units value={value} />;
  return isExact ? (
    <Unbroken>
      <ExactAmount value={value} currency={currency} />
    </Unbroken>
  ) : (
    <Amount value={value} currency={currency} />
  );
}

/** In a table that is as wide as its digits, which has a way to scroll. */
function Unbroken({ children }: { children: ReactNode }) {
  return <span className="whitespace-nowrap">{children}</span>;
}

export function PriceIn({ value, currency }: { value: Dec | null; currency: string | undefined }) {
  const isExact = useEveryDigit();
  if (currency && !isExact) return <Price value={value} currency={currency} />;
  return (
    <Unbroken>
      <Plain value={value} />
    </Unbroken>
  );
}

/** An exchange rate is public: in brief, with every digit in the title. */
export function Rate({ value }: { value: Dec | null }) {
  const isExact = useEveryDigit();
  if (value === null) return <Unknown />;
  if (isExact) {
    return (
      <Unbroken>
        <Plain value={value} />
      </Unbroken>
    );
  }
  return (
    <span className="whitespace-nowrap" title={exact(value)}>
      {quantity(value)}
    </span>
  );
}

/** Units of an asset; hidden ones stay hidden with every digit. */
export function Units({ value }: { value: Dec | null }) {
  const isExact = useEveryDigit();
  const isShown = usePrivacy() === 'show';
  if (!isExact || !isShown) return <Quantity value={value} />;
  return (
    <Unbroken>
      <Plain value={value} />
    </Unbroken>
  );
}

export function OnDay({ day }: { day: Day | null }) {
  return (
    day && (
      <time dateTime={day} className="whitespace-nowrap">
        {formatDay(day)}
      </time>
    )
  );
}

export function Age({ days }: { days: number }) {
  return <span className="whitespace-nowrap">{t('ageDays', { count: days })}</span>;
}

interface TransactionLinkProps {
  explanation: Explanation;
  id: string | null;
  /** Where it is booked. */
  portfolioId: string | null;
}

/** Opens the transaction; its type is its name. */
export function TransactionLink({ explanation, id, portfolioId }: TransactionLinkProps) {
  if (id === null || portfolioId === null) return null;
  const type = explanation.transactions.find((one) => one.id === id)?.type;
  return (
    <Link
      to="/portfolios/$id/transactions"
      params={{ id: portfolioId }}
      search={{ open: id } as never}
      className="inline-flex min-h-6 items-center whitespace-nowrap text-accent underline-offset-2 hover:underline"
    >
      {type ? transactionTypeLabel(type) : t('transaction')}
    </Link>
  );
}

/** Why there is no figure. */
export function Reason({ reason }: { reason: string | null }) {
  return <p className="text-loss">{whyNot(reason ?? 'other_reason')}</p>;
}
