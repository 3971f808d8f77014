import type { Dec } from '@/lib/decimal';
import { exact, exactMoney, money, price, quantity, roughly, signedMoney } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { discreet, MASK } from '@/lib/privacy';
import { t } from './messages';
import { Unknown } from './unknown';

interface AmountProps {
  value: Dec | null | undefined;
  currency: string;
  signed?: boolean;
  /** Why it is not known, in words. */
  reason?: string | undefined;
}

/** Money that obeys privacy: under Hide no digit of it is in the page at all. */
export function Amount({ value, currency, signed, reason }: AmountProps) {
  const shown = useDiscreet(value);
  if (value == null) return <Unknown reason={reason} />;
  if (shown === undefined) return <Mask />;
  return (
    <span className="whitespace-nowrap">
      {signed ? signedMoney(shown, currency) : money(shown, currency)}
    </span>
  );
}

/** Money with every digit, where it is worked out again: in minor units it would not come out. */
export function ExactAmount({ value, currency, reason }: Omit<AmountProps, 'signed'>) {
  const shown = useDiscreet(value);
  if (value == null) return <Unknown reason={reason} />;
  if (shown === undefined) return <Mask />;
  return <span className="break-all">{exactMoney(shown, currency)}</span>;
}

interface QuantityProps {
  value: Dec | null | undefined;
  reason?: string | undefined;
  /** Of something not yet done: four digits. */
  rough?: boolean;
}

/** Units of an asset: eight significant digits in sight, every digit in the title and on copying. */
export function Quantity({ value, reason, rough }: QuantityProps) {
  const shown = useDiscreet(value);
  if (value == null) return <Unknown reason={reason} />;
  if (shown === undefined) return <Mask />;
  const full = exact(shown);
  const brief = rough ? roughly(shown) : quantity(shown);
  return (
    <span
      className="whitespace-nowrap"
      title={brief === full ? undefined : full}
      onCopy={(event) => {
        event.preventDefault();
        event.clipboardData.setData('text/plain', shown);
      }}
    >
      {brief}
    </span>
  );
}

/** Prices are public, so no privacy level hides or changes them. */
export function Price({ value, currency, reason }: Omit<AmountProps, 'signed'>) {
  if (value == null) return <Unknown reason={reason} />;
  return <span className="whitespace-nowrap">{price(value, currency)}</span>;
}

export function Mask() {
  return (
    <span className="whitespace-nowrap">
      <span aria-hidden="true">{MASK}</span>
      <span className="sr-only">{t('hidden')}</span>
    </span>
  );
}

function useDiscreet(value: Dec | null | undefined): Dec | undefined {
  const privacy = usePrivacy();
  return value == null ? undefined : discreet(value, privacy);
}
