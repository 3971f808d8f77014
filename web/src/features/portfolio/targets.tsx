import type { ReactNode } from 'react';
import type { Allocation } from '@/api/parse/portfolios';
import { type TargetsChange, usePutTargets } from '@/api/queries/portfolios';
import { compare, type Dec, dec, multiply, parseTyped, sign, subtract, sum } from '@/lib/decimal';
import { change, exact, percent } from '@/lib/format';
import { formatLocale } from '@/lib/locale';
import { Amount } from '@/ui/amount';
import { Button } from '@/ui/button';
import type { Column } from '@/ui/column';
import { FormError } from '@/ui/error-state';
import { inputClass } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { Unknown } from '@/ui/unknown';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

type Slice = Allocation['items'][number];
type Division = TargetsChange['by'];

const ONE = dec('1');
const HUNDRED = dec('100');
const HUNDREDTH = dec('0.01');

/** What is being typed: percent by key; undefined while nothing is edited. */
export type Typed = Readonly<Record<string, string>> | undefined;

/** What the fields begin with, as the person writes it: "12.5" is no number where a comma divides. */
export function typedOf(slices: readonly Pick<Slice, 'key' | 'target'>[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    slices.map(({ key, target }) => [
      key,
      target && sign(target) > 0 ? exact(multiply(target, HUNDRED)) : '',
    ]),
  );
}

/** Shares as typed in percent; undefined where something is no share. Nothing typed is no target. */
export function sharesOf(
  typed: Readonly<Record<string, string>>,
  locale: string,
): Map<string, Dec> | undefined {
  const shares = new Map<string, Dec>();
  for (const [key, text] of Object.entries(typed)) {
    if (text.trim() === '') continue;
    const percentage = parseTyped(text, locale);
    if (percentage === undefined || sign(percentage) < 0 || compare(percentage, HUNDRED) > 0) return;
    if (sign(percentage) > 0) shares.set(key, multiply(percentage, HUNDREDTH));
  }
  return shares;
}

interface BarProps {
  portfolioId: string;
  by: Division;
  slices: readonly Slice[];
  typed: Typed;
  onTyped: (typed: Typed) => void;
}

/** Begins, checks and ends the editing of targets. */
export function TargetsBar({ portfolioId, by, slices, typed, onTyped }: BarProps) {
  const put = usePutTargets();
  const block = useWriteBlock();
  const { toast } = useUi();
  const aimed = slices.filter(({ target }) => target !== null && sign(target) > 0);
  if (!typed) {
    const begin = () => onTyped(typedOf(slices));
    return (
      <div className="flex min-h-12 flex-wrap items-center gap-3 px-4 py-1.5 text-muted text-xs">
        <Button icon="edit" disabled={block !== undefined} onClick={begin}>
          {t(aimed.length ? 'editTargets' : 'setTargets')}
        </Button>
        {aimed.length > 0 && <Rest shares={aimed.map(({ target }) => target ?? dec('0'))} />}
      </div>
    );
  }
  const shares = sharesOf(typed, formatLocale());
  const total = shares && sum([...shares.values()]);
  const isOver = total !== undefined && compare(total, ONE) > 0;
  const save = () => {
    if (!shares || isOver) return;
    const items = [...shares].map(([key, weight]) => ({ key, weight }));
    put.mutate(
      { id: portfolioId, by, items },
      {
        onSuccess: () => {
          toast({ text: t(items.length ? 'targetsSaved' : 'targetsRemoved') });
          onTyped(undefined);
        },
      },
    );
  };
  return (
    <div className="px-4 py-1.5">
      <div className="flex min-h-9 flex-wrap items-center gap-3 text-muted text-xs">
        <Button kind="primary" busy={put.isPending} disabled={!shares || isOver} onClick={save}>
          {t('save')}
        </Button>
        <Button onClick={() => onTyped(undefined)}>{t('cancel')}</Button>
        <span role="status">
          {!shares ? (
            t('targetBad')
          ) : isOver ? (
            t('targetsOver', { share: percent(total, 2) })
          ) : (
            <Rest shares={[...shares.values()]} />
          )}
        </span>
      </div>
      <FormError error={put.error} />
    </div>
  );
}

function Rest({ shares }: { shares: readonly Dec[] }) {
  const rest = subtract(ONE, sum(shares));
  return sign(rest) === 0 ? t('targetsWhole') : t('targetsLeft', { share: percent(rest, 2) });
}

type Explain = (figure: 'drift' | 'trade', slice: Slice, cell: ReactNode) => ReactNode;

/** Target, drift and the money between them. */
export function targetColumns(
  base: string,
  typed: Typed,
  onTyped: (typed: Typed) => void,
  explained: Explain,
): Column<Slice>[] {
  return [
    {
      id: 'target',
      header: t('target'),
      isNumeric: true,
      sortValue: ({ target }) => target,
      cell: ({ key, label, target }) =>
        typed ? (
          <input
            inputMode="decimal"
            aria-label={t('targetOf', { label })}
            className={`${inputClass} w-20! text-end`}
            value={typed[key] ?? ''}
            onChange={(event) => onTyped({ ...typed, [key]: event.target.value })}
          />
        ) : target === null ? (
          <Unknown reason={t('noTarget')} />
        ) : (
          percent(target)
        ),
    },
    {
      id: 'drift',
      under: true,
      header: t('drift'),
      isNumeric: true,
      sortValue: ({ drift }) => drift,
      cell: (slice) =>
        explained(
          'drift',
          slice,
          <Drift drift={slice.drift} reason={t(slice.target === null ? 'noTarget' : 'noValue')} />,
        ),
    },
    {
      id: 'trade',
      under: true,
      header: t('trade'),
      isNumeric: true,
      sortValue: ({ trade }) => trade,
      cell: (slice) =>
        explained(
          'trade',
          slice,
          <Amount
            value={slice.trade}
            currency={base}
            signed
            reason={t(slice.target === null ? 'noTarget' : 'noValue')}
          />,
        ),
    },
  ];
}

/** A bar from the middle: to the right where there is too much. A drift is no gain, so it has no colour of one. */
function Drift({ drift, reason }: { drift: number | null; reason: string }) {
  if (drift === null) return <Unknown reason={reason} />;
  const half = Math.min(Math.abs(drift), 0.5) * 100;
  return (
    <span className="inline-flex items-center justify-end gap-2">
      <span
        aria-hidden="true"
        className="relative h-2 w-16 overflow-hidden rounded-full bg-wash max-md:hidden"
      >
        <span
          className="absolute inset-y-0 bg-accent"
          style={drift < 0 ? { right: '50%', width: `${half}%` } : { left: '50%', width: `${half}%` }}
        />
      </span>
      {change(drift)}
    </span>
  );
}
