import { Button, IconButton } from '@/ui/button';
import { MoneyInput } from '@/ui/money-input';
import { AssetField } from './asset-field';
import { type Leg, NO_LEG } from './draft';
import { t } from './messages';

const LEGS_MAX = 20;

interface PoolLegsProps {
  label: string;
  newCurrency: string;
  legs: readonly Leg[];
  /** The form was sent once: what is missing is said. */
  isChecked: boolean;
  /** What the server said about one of these places. */
  fault: (...names: string[]) => string | undefined;
  onLegs: (legs: Leg[]) => void;
}

/** What goes into a pool, or comes out of it: an asset and a quantity a line. */
export function PoolLegs({ label, newCurrency, legs, isChecked, fault, onLegs }: PoolLegsProps) {
  const change = (at: number, part: Partial<Leg>) =>
    onLegs(legs.map((leg, place) => (place === at ? { ...leg, ...part } : leg)));
  const lacks = (isThere: boolean, word: 'needAsset' | 'needed') =>
    isChecked && !isThere ? t(word) : undefined;
  return (
    <fieldset className="col-span-2 flex flex-col gap-3 rounded-card border border-line p-3">
      <legend className="px-1 font-medium text-sm">{label}</legend>
      {legs.map(({ asset, quantity }, at) => {
        const place = String(at + 1);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is nothing but its place
          <div key={at} className="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)_auto] items-start gap-x-3">
            <AssetField
              label={t('legAsset', { place })}
              newCurrency={newCurrency}
              value={asset}
              error={
                lacks(asset !== undefined, 'needAsset') ?? fault(`legs/${at}/symbol`, `legs/${at}/asset_id`)
              }
              onValue={(chosen) => change(at, { asset: chosen })}
            />
            <MoneyInput
              label={t('legQuantity', { place })}
              value={quantity}
              error={lacks(quantity !== undefined, 'needed') ?? fault(`legs/${at}/quantity`)}
              onValue={(units) => change(at, { quantity: units })}
            />
            <IconButton
              icon="close"
              className="mt-6"
              label={t('legRemove', { place })}
              disabled={legs.length === 1}
              onClick={() => onLegs(legs.filter((_, other) => other !== at))}
            />
          </div>
        );
      })}
      {legs.length < LEGS_MAX && (
        <Button icon="plus" className="self-start" onClick={() => onLegs([...legs, NO_LEG])}>
          {t('legAdd')}
        </Button>
      )}
    </fieldset>
  );
}
