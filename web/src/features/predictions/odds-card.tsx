import { useEffect, useMemo, useRef } from 'react';
import { toPosition } from '@/charts/scale';
import { type Day, formatDay } from '@/lib/dates';
import { type Dec, dec, multiply } from '@/lib/decimal';
import { change as changeText, money, price as priceText } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { veil } from '@/lib/privacy';
import { Card } from '@/ui/card';
import { MoneyInput } from '@/ui/money-input';
import { t } from './messages';
import { type Curve, changeSpan, changeStep, oddsBelow, oddsText } from './odds';

const REST_MS = 400;
const PLACES = 9;

/** A price, or a change from the last one as a fraction; neither is the last price itself. */
export interface AskedOdds {
  price: Dec | undefined;
  change: number | undefined;
}

/** The price that is asked about. */
export function askedValue(last: Dec, { price, change }: AskedOdds): Dec {
  return price ?? multiply(last, dec((1 + (change ?? 0)).toFixed(PLACES)));
}

function changeOf(last: Dec, { price, change }: AskedOdds): number {
  return price === undefined ? (change ?? 0) : toPosition(price) / toPosition(last) - 1;
}

/** What odds are asked of: a price, which anyone may see, the value of a portfolio, or what a goal may come to. */
export interface OddsOf {
  kind: 'price' | 'value' | 'goal';
  /** What changes are from: the last price or value, or the amount of the goal. */
  base: Dec;
  currency: string;
  day: Day;
  curve: Curve;
}

const WORDS = {
  price: { slider: 'oddsSlider', amount: 'oddsPrice', change: 'oddsChange' },
  value: { slider: 'oddsSliderValue', amount: 'oddsValue', change: 'oddsChange' },
  goal: { slider: 'oddsSliderValue', amount: 'oddsValue', change: 'oddsFromGoal' },
} as const;

interface OddsCardProps {
  of: OddsOf;
  odds: AskedOdds;
  onOdds: (odds: AskedOdds) => void;
  /** Told once the slider rests: for the URL. */
  onRest: (odds: AskedOdds) => void;
}

/** "What are the odds that it is below this?", by slider, price or change. */
export function OddsCard({ of, odds, onOdds, onRest }: OddsCardProps) {
  const { kind, base: last, currency, day, curve } = of;
  const words = WORDS[kind];
  const [low, high] = useMemo(() => changeSpan(curve), [curve]);
  const chosen = usePrivacy();
  const isPrice = kind === 'price';
  const privacy = isPrice ? 'show' : chosen;
  const change = changeOf(last, odds);
  const below = oddsBelow(curve, change);
  const step = changeStep(low, high);
  const shownValue = veil(askedValue(last, odds), privacy, (value) =>
    (isPrice ? priceText : money)(value, currency),
  );
  // No amount of one's own enters the address.
  const snapped = (value: number) => Math.round(value * 10 ** PLACES) / 10 ** PLACES;
  useRest(odds, (asked) =>
    onRest(isPrice ? asked : { price: undefined, change: snapped(changeOf(last, asked)) }),
  );
  const at = Math.min(high, Math.max(low, change));
  const span: [number, number] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const fromBase = kind === 'goal' && change === 0 ? t('oddsTheGoal') : changeText(change);
  const what = `${shownValue} (${fromBase})`;
  return (
    <Card title={t('odds')}>
      <p aria-live="polite" className="min-h-16">
        <span className="font-semibold text-3xl tracking-tight" data-testid="odds-below">
          {oddsText(below)}
        </span>{' '}
        <span className="text-muted text-sm">{t('oddsBelow', { what, day: formatDay(day) })}</span>
      </p>
      <input
        type="range"
        aria-label={t(words.slider)}
        // The odds themselves are told by the live text above.
        aria-valuetext={what}
        min={span[0].toFixed(PLACES)}
        max={span[1].toFixed(PLACES)}
        step={step.toFixed(PLACES)}
        value={at.toFixed(PLACES)}
        onChange={(event) =>
          onOdds({ price: undefined, change: snapped(toPosition(dec(event.target.value))) })
        }
        className="my-2 h-9 w-full cursor-pointer accent-accent"
      />
      <Bar below={below} />
      <div className="mt-3 grid grid-cols-2 gap-3">
        {privacy === 'show' && (
          <MoneyInput
            label={t(words.amount)}
            unit={currency}
            value={shortened(askedValue(last, odds), odds)}
            onValue={(value) =>
              value !== undefined && !value.startsWith('-') && onOdds({ price: value, change: undefined })
            }
          />
        )}
        <MoneyInput
          label={t(words.change)}
          unit="%"
          value={dec((100 * change).toFixed(2))}
          onValue={(value) => {
            const typed = value === undefined ? undefined : toPosition(value) / 100;
            if (typed !== undefined && typed > -1) onOdds({ price: undefined, change: typed });
          }}
        />
      </div>
      <p className="mt-3 text-muted text-xs">{t('oddsEnds')}</p>
    </Card>
  );
}

/** What was typed stays as it was; a price that follows a change needs no more digits than a price has. */
function shortened(value: Dec, { price }: AskedOdds): Dec {
  if (price !== undefined) return value;
  const number = toPosition(value);
  const places = number === 0 ? 0 : Math.max(0, 5 - Math.ceil(Math.log10(Math.abs(number))));
  return dec(number.toFixed(Math.min(12, places)));
}

/** Below and not below, side by side. */
function Bar({ below }: { below: number }) {
  return (
    <div aria-hidden="true" className="flex h-2 overflow-hidden rounded-full bg-wash">
      <div className="bg-accent" style={{ width: `${100 * below}%` }} />
    </div>
  );
}

function useRest(odds: AskedOdds, onRest: (odds: AskedOdds) => void): void {
  const isFirst = useRef(true);
  const told = useRef(onRest);
  told.current = onRest;
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    // A browser refuses an address that changes with every pixel.
    const timer = setTimeout(() => told.current(odds), REST_MS);
    return () => clearTimeout(timer);
  }, [odds]);
}
