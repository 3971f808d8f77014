import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Questionnaire, RiskProfile } from '@/api/parse/advice';
import type { ApiError } from '@/api/problem';
import { assetQuery } from '@/api/queries/market';
import { holdingsQuery } from '@/api/queries/portfolios';
import { assetLabel, symbolOf } from '@/lib/asset-name';
import type { Dec } from '@/lib/decimal';
import { percent } from '@/lib/format';
import { type AssetClassName, assetClassLabel } from '@/ui/asset-classes';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { MoneyInput } from '@/ui/money-input';
import { SelectField } from '@/ui/select';
import { t } from './advice-messages';
import { AssetSearch } from './asset-search';
import { perCent, share } from './rates';

/** Returns a year, per cent, as they stand in the fields: of money, and over it by class. Empty is the default. */
export interface Stated {
  cashRate: Dec | undefined;
  byClass: Readonly<Record<string, Dec | undefined>>;
  /** In the place of its class's, by the asset's id. */
  byAsset: Readonly<Record<string, Dec | undefined>>;
}

/** What the fields begin with: the default, and in its place what was stated before. */
export function statedOf(questionnaire: Questionnaire, kept: RiskProfile['premia']): Stated {
  return {
    cashRate: perCent(kept?.cash_rate ?? questionnaire.cash_rate),
    byClass: Object.fromEntries(
      classesOf(questionnaire).map(({ asset_class, premium }) => [
        asset_class,
        perCent(kept?.by_class?.[asset_class] ?? premium),
      ]),
    ),
    byAsset: Object.fromEntries(
      Object.entries(kept?.by_asset ?? {}).map(([id, premium]) => [id, perCent(premium)]),
    ),
  };
}

/** What is sent: only what is not the default, so that a default that is mended later counts. */
export function premiaOf(questionnaire: Questionnaire, stated: Stated) {
  const own = classesOf(questionnaire).flatMap(({ asset_class, premium }) => {
    const typed = stated.byClass[asset_class];
    return typed === undefined || share(typed) === premium ? [] : [[asset_class, share(typed)] as const];
  });
  const isOwnCash = stated.cashRate !== undefined && share(stated.cashRate) !== questionnaire.cash_rate;
  return {
    ...(isOwnCash ? { cash_rate: share(stated.cashRate) } : {}),
    by_class: Object.fromEntries(own),
    by_asset: Object.fromEntries(
      Object.entries(stated.byAsset).flatMap(([id, value]) =>
        value === undefined ? [] : [[id, share(value)] as const],
      ),
    ),
  };
}

/** Money earns what it earns over itself by definition: that is no question. */
function classesOf({ premia }: Questionnaire) {
  return premia.filter(({ asset_class }) => asset_class !== 'cash');
}

interface PremiaProps {
  portfolioId: string;
  questionnaire: Questionnaire;
  stated: Stated;
  onStated: (stated: Stated) => void;
  error: ApiError | null;
}

/** What every class is taken to earn, with where that is from, and one's own figure in its place. */
export function PremiaFields({ portfolioId, questionnaire, stated, onStated, error }: PremiaProps) {
  const rows = [
    {
      name: t('moneyItself'),
      is: t('aYear'),
      source: questionnaire.cash_source,
      standard: questionnaire.cash_rate,
      value: stated.cashRate,
      set: (cashRate: Dec | undefined) => onStated({ ...stated, cashRate }),
      fault: error?.faultOf('premia/cash_rate'),
    },
    ...classesOf(questionnaire).map(({ asset_class, premium, source }) => ({
      name: assetClassLabel(asset_class as AssetClassName),
      is: t('overMoney'),
      source,
      standard: premium,
      value: stated.byClass[asset_class],
      set: (value: Dec | undefined) =>
        onStated({ ...stated, byClass: { ...stated.byClass, [asset_class]: value } }),
      fault: error?.faultOf(`premia/by_class/${asset_class}`),
    })),
  ];
  const ofClasses = rows.filter(({ value, standard }) => value !== undefined && share(value) !== standard);
  const own = ofClasses.length + Object.keys(stated.byAsset).length;
  const [wasOpen] = useState(own > 0);
  return (
    <details className="rounded-control border border-line px-3 py-2" open={wasOpen}>
      <summary className="min-h-6 w-fit rounded-sm font-medium text-sm">
        {t('statedTitle')} {own > 0 && <Badge tone="accent">{t('ownCount', { count: own })}</Badge>}
      </summary>
      <p className="mt-1 mb-2 text-muted text-xs">{t('statedNote')}</p>
      <ul className="flex flex-col">
        {rows.map(({ name, is, source, standard, value, set, fault }) => {
          const isOwn = value !== undefined && share(value) !== standard;
          return (
            <li
              key={name}
              className="grid gap-x-4 gap-y-1 border-line border-t py-2 sm:grid-cols-[9rem_minmax(0,1fr)]"
            >
              <MoneyInput label={name} hint={is} unit="%" value={value} onValue={set} error={fault} />
              <div className="flex flex-wrap items-center justify-between gap-2 text-xs sm:pt-5">
                <p className="min-w-0 grow basis-48 text-muted">
                  {t('standardIs', { value: percent(standard) })} {source}
                </p>
                {isOwn && (
                  <Button
                    kind="ghost"
                    icon="undo"
                    aria-label={t('standardOf', { name })}
                    onClick={() => set(perCent(standard))}
                  >
                    {t('standard')}
                  </Button>
                )}
              </div>
            </li>
          );
        })}
      </ul>
      <AssetPremia
        portfolioId={portfolioId}
        byAsset={stated.byAsset}
        onByAsset={(byAsset) => onStated({ ...stated, byAsset })}
        error={error}
      />
    </details>
  );
}

interface AssetPremiaProps {
  portfolioId: string;
  byAsset: Stated['byAsset'];
  onByAsset: (byAsset: Stated['byAsset']) => void;
  error: ApiError | null;
}

/** What single assets are taken to earn, in the place of their class's figure. */
function AssetPremia({ portfolioId, byAsset, onByAsset, error }: AssetPremiaProps) {
  const held = useQuery(holdingsQuery(portfolioId)).data?.items ?? [];
  const free = held.filter(({ asset_id }) => !(asset_id in byAsset));
  const add = (id: string) => id in byAsset || onByAsset({ ...byAsset, [id]: undefined });
  return (
    <fieldset className="mt-2 border-line border-t pt-3">
      <legend className="sr-only">{t('ofAssets')}</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label={t('ofAssets')}
          hint={t('ofAssetsHint')}
          value=""
          choices={[
            { value: '', label: t('boundsChoose') },
            ...free.map((asset) => ({ value: asset.asset_id, label: assetLabel(asset) })),
          ]}
          onChange={({ target }) => target.value && add(target.value)}
        />
        <AssetSearch label={t('whatIfOther')} placeholder={t('assetHint')} onChoose={({ id }) => add(id)} />
      </div>
      <ul className="mt-2 flex flex-col">
        {Object.entries(byAsset).map(([id, value]) => (
          <AssetPremium
            key={id}
            id={id}
            value={value}
            onValue={(next) => onByAsset({ ...byAsset, [id]: next })}
            onRemove={() =>
              onByAsset(Object.fromEntries(Object.entries(byAsset).filter(([one]) => one !== id)))
            }
            fault={error?.faultOf(`premia/by_asset/${id}`)}
          />
        ))}
      </ul>
    </fieldset>
  );
}

interface AssetPremiumProps {
  id: string;
  value: Dec | undefined;
  onValue: (value: Dec | undefined) => void;
  onRemove: () => void;
  fault: string | undefined;
}

function AssetPremium({ id, value, onValue, onRemove, fault }: AssetPremiumProps) {
  const asset = useQuery(assetQuery(id)).data;
  const name = asset ? symbolOf(asset) : '…';
  return (
    <li className="flex items-end gap-2 py-1">
      <MoneyInput label={name} hint={t('overMoney')} unit="%" value={value} onValue={onValue} error={fault} />
      <IconButton icon="close" label={t('asItsClass', { name })} onClick={onRemove} />
    </li>
  );
}
