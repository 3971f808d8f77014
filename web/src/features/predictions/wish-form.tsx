import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RiskProfile } from '@/api/parse/advice';
import type { ApiError } from '@/api/problem';
import { holdingsQuery } from '@/api/queries/portfolios';
import { symbolOf } from '@/lib/asset-name';
import { type AssetClassName, assetClassLabel, CREATABLE_CLASSES } from '@/ui/asset-classes';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { Checkbox } from '@/ui/field';
import { MoneyInput } from '@/ui/money-input';
import { SelectField } from '@/ui/select';
import { t } from './advice-messages';
import { AssetSearch } from './asset-search';
import { limitText } from './limits';
import { countOf, LIMIT_NAMES, type Named, type Wish } from './wish';

/** As many as the server looks at. */
const ASSETS_MOST = 25;
/** Currency pairs are not held as such; money is. */
const BOUND_CLASSES: readonly AssetClassName[] = [...CREATABLE_CLASSES, 'cash'];
const UNBOUND = { least: undefined, most: undefined, noBuy: false, noSell: false };

interface WishFormProps {
  portfolioId: string;
  limits: RiskProfile['limits'];
  wish: Wish;
  onWish: (wish: Wish) => void;
  error: ApiError | null;
}

/** Limits in the place of the profile's, what else may be bought, and least and most of single assets. */
export function WishForm({ portfolioId, limits, wish, onWish, error }: WishFormProps) {
  const count = countOf(wish);
  const [isOpen, setIsOpen] = useState(count > 0);
  const hasFaults = Boolean(error?.faults.length);
  const held = useQuery(holdingsQuery(portfolioId)).data?.items ?? [];
  const heldNamed = held.map((item): Named => ({ id: item.asset_id, label: symbolOf(item) }));
  return (
    <details
      className="mt-4 border-line border-t pt-3"
      open={isOpen || hasFaults}
      onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
    >
      <summary className="min-h-6 w-fit rounded-sm font-medium text-sm">
        {t('wishTitle')} {count > 0 && <Badge tone="accent">{t('ownCount', { count })}</Badge>}
      </summary>
      <p className="mt-1 text-muted text-xs">{t('wishNote')}</p>
      <div className="mt-3 grid gap-3 sm:grid-cols-2 xl:grid-cols-5">
        {LIMIT_NAMES.map((name) => (
          <MoneyInput
            key={name}
            label={t(`own_${name}`)}
            unit={name === 'cash_months' ? t('monthsUnit') : '%'}
            hint={limits ? t('profileSays', { value: limitText(name, limits[name]) }) : undefined}
            value={wish.limits[name]}
            onValue={(value) => onWish({ ...wish, limits: { ...wish.limits, [name]: value } })}
            error={error?.faultOf(`limits/${name}`)}
          />
        ))}
        <MoneyInput
          label={t('leastReturn')}
          unit="%"
          hint={t('leastReturnHint')}
          value={wish.leastReturn}
          onValue={(leastReturn) => onWish({ ...wish, leastReturn })}
          error={error?.faultOf('minimum_return')}
        />
        <MoneyInput
          label={t('mostTurnover')}
          unit="%"
          hint={t('mostTurnoverHint')}
          value={wish.mostTurnover}
          onValue={(mostTurnover) => onWish({ ...wish, mostTurnover })}
          error={error?.faultOf('maximum_turnover')}
        />
        <MoneyInput
          label={t('trackingError')}
          unit="%"
          hint={t('trackingErrorHint')}
          value={wish.trackingError}
          onValue={(trackingError) => onWish({ ...wish, trackingError })}
          error={error?.faultOf('tracking_error/maximum')}
        />
        {wish.trackingError !== undefined && (
          <SelectField
            label={t('tracked')}
            value={wish.trackedId ?? ''}
            choices={[
              { value: '', label: t('trackedNow') },
              ...[...heldNamed, ...wish.assets].map(({ id, label }) => ({ value: id, label })),
            ]}
            onChange={({ target }) => onWish({ ...wish, trackedId: target.value || undefined })}
          />
        )}
      </div>
      <div className="mt-4 grid items-start gap-x-6 gap-y-4 lg:grid-cols-2">
        <OtherAssets wish={wish} held={heldNamed} onWish={onWish} />
        <Bounds wish={wish} held={heldNamed} onWish={onWish} error={error} />
      </div>
    </details>
  );
}

interface PartProps {
  wish: Wish;
  held: readonly Named[];
  onWish: (wish: Wish) => void;
}

function OtherAssets({ wish, held, onWish }: PartProps) {
  const known = new Set([...held, ...wish.assets].map(({ id }) => id));
  const isFull = wish.assets.length >= ASSETS_MOST;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <AssetSearch
        label={t('otherAssets')}
        hint={isFull ? t('otherFull', { count: ASSETS_MOST }) : t('otherAssetsHint')}
        placeholder={t('assetHint')}
        onChoose={(found) =>
          !known.has(found.id) &&
          !isFull &&
          onWish({ ...wish, assets: [...wish.assets, { id: found.id, label: symbolOf(found) }] })
        }
      />
      {wish.assets.length > 0 && (
        <ul className="flex flex-wrap gap-2" aria-label={t('otherAssets')}>
          {wish.assets.map(({ id, label }) => (
            <li
              key={id}
              className="flex items-center rounded-control border border-line ps-3 font-medium text-sm"
            >
              {label}
              <IconButton
                icon="close"
                label={t('removeAsset', { name: label })}
                onClick={() =>
                  onWish({
                    ...wish,
                    assets: wish.assets.filter((one) => one.id !== id),
                    // A bound of what is no longer looked at would be refused.
                    bounds: wish.bounds.filter((one) => one.id !== id),
                    trackedId: wish.trackedId === id ? undefined : wish.trackedId,
                  })
                }
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Bounds({ wish, held, onWish, error }: PartProps & Pick<WishFormProps, 'error'>) {
  const bound = new Set(wish.bounds.map(({ id }) => id));
  const classes = BOUND_CLASSES.map((id) => ({ id, label: t('ofClass', { name: assetClassLabel(id) }) }));
  const free = [
    ...[...held, ...wish.assets].map((one) => ({ ...one, isClass: false })),
    ...classes.map((one) => ({ ...one, isClass: true })),
  ].filter(({ id }) => !bound.has(id));
  const faultOf = (id: string, isClass: boolean, edge: 'least' | 'most') =>
    error?.faultOf(`${isClass ? 'classes' : 'bounds'}/${id}/${edge}`);
  const change = (id: string, part: Partial<Wish['bounds'][number]>) =>
    onWish({ ...wish, bounds: wish.bounds.map((one) => (one.id === id ? { ...one, ...part } : one)) });
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <SelectField
        label={t('bounds')}
        hint={t('boundsHint')}
        value=""
        choices={[
          { value: '', label: t('boundsChoose') },
          ...free.map(({ id, label }) => ({ value: id, label })),
        ]}
        onChange={({ target }) => {
          const one = free.find(({ id }) => id === target.value);
          if (one && wish.bounds.length < ASSETS_MOST)
            onWish({ ...wish, bounds: [...wish.bounds, { ...one, ...UNBOUND }] });
        }}
      />
      {wish.bounds.map(({ id, label, isClass, least, most, noBuy, noSell }) => (
        <fieldset key={id} className="flex flex-wrap items-start gap-2">
          <legend className="sr-only">{label}</legend>
          <span className="min-w-14 shrink-0 pt-8 font-medium text-sm">{label}</span>
          <MoneyInput
            label={t('least')}
            unit="%"
            value={least}
            onValue={(value) => change(id, { least: value })}
            className="grow basis-20"
            error={faultOf(id, isClass, 'least')}
          />
          <MoneyInput
            label={t('most')}
            unit="%"
            value={most}
            onValue={(value) => change(id, { most: value })}
            className="grow basis-20"
            error={faultOf(id, isClass, 'most')}
          />
          <IconButton
            icon="close"
            label={t('removeBound', { name: label })}
            className="mt-6"
            onClick={() => onWish({ ...wish, bounds: wish.bounds.filter((one) => one.id !== id) })}
          />
          {!isClass && (
            <span className="flex basis-full flex-wrap gap-x-4">
              <Checkbox
                label={t('noBuy')}
                checked={noBuy}
                onChange={({ target }) => change(id, { noBuy: target.checked })}
              />
              <Checkbox
                label={t('noSell')}
                checked={noSell}
                onChange={({ target }) => change(id, { noSell: target.checked })}
              />
            </span>
          )}
        </fieldset>
      ))}
    </div>
  );
}
