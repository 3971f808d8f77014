import type { ReactNode } from 'react';
import type { Dec } from '@/lib/decimal';
import { sign } from '@/lib/decimal';
import { change } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { Amount } from './amount';
import { t } from './messages';
import { Unknown } from './unknown';

const COLOURS = { up: 'text-gain', down: 'text-loss', flat: 'text-muted' } as const;
type Direction = keyof typeof COLOURS;

/** A relative change. Colour is never alone: there is an arrow, a sign and a word. Percentages stay under Hide. */
export function Delta({ value, reason }: { value: number | null | undefined; reason?: string | undefined }) {
  if (value == null) return <Unknown reason={reason} />;
  const text = change(value);
  // What rounds to zero has no sign and so no direction.
  const direction = !/[1-9]/.test(text) ? 'flat' : value > 0 ? 'up' : 'down';
  return <Directed direction={direction}>{text}</Directed>;
}

interface GainProps {
  value: Dec | null | undefined;
  currency: string;
  reason?: string | undefined;
}

/** A gain or loss of money. Under Hide its sign goes too: direction and size are what is hidden. */
export function Gain({ value, currency, reason }: GainProps) {
  const privacy = usePrivacy();
  if (value == null) return <Unknown reason={reason} />;
  const amount = <Amount value={value} currency={currency} signed />;
  if (privacy === 'hide') return amount;
  const direction = ({ '-1': 'down', '0': 'flat', '1': 'up' } as const)[`${sign(value)}`];
  return <Directed direction={direction}>{amount}</Directed>;
}

function Directed({ direction, children }: { direction: Direction; children: ReactNode }) {
  return (
    <span className={`inline-flex items-baseline gap-1 whitespace-nowrap ${COLOURS[direction]}`}>
      {direction !== 'flat' && (
        <>
          <span aria-hidden="true" className="text-[0.7em]">
            {direction === 'up' ? '▲' : '▼'}
          </span>
          <span className="sr-only">{t(direction)}</span>
        </>
      )}
      {children}
    </span>
  );
}
