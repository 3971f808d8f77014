import { useQuery } from '@tanstack/react-query';
import { effectQuery } from '@/api/queries/changes';
import { lotsQuery } from '@/api/queries/portfolios';
import { formatDay } from '@/lib/dates';
import { compare, type Dec, sign, subtract, ZERO } from '@/lib/decimal';
import { Amount, Quantity } from '@/ui/amount';
import { FormError } from '@/ui/error-state';
import { FieldError } from '@/ui/field';
import { MoneyInput } from '@/ui/money-input';
import { areUnitsSaid, type ChosenLot } from './draft';
import { t } from './messages';
import { lotsFault } from './validate';

export interface LotsPickerProps {
  portfolioId: string;
  assetId: string;
  /** Where the units lie; undefined where a sale may take those of any account. */
  account: string | undefined;
  /** What a correction reverses: the lots it took are there again. */
  correctedIds: readonly string[];
  baseCurrency: string;
  /** Units to take; undefined while they are not known. */
  quantity: Dec | undefined;
  chosen: readonly ChosenLot[];
  /** What the server said about one of these places. */
  fault: (...names: string[]) => string | undefined;
  onChosen: (lots: ChosenLot[]) => void;
}

/** How much each lot gives: what was said, else as far as needed in the order they were chosen. */
export function takenFrom(
  lots: readonly { id: string; quantity: Dec }[],
  chosen: readonly ChosenLot[],
  quantity: Dec,
): Map<string, Dec | undefined> {
  if (areUnitsSaid(chosen)) return new Map(chosen.map(({ id, units }) => [id, units]));
  let rest = quantity;
  const taken = new Map<string, Dec>();
  for (const { id } of chosen) {
    const lot = lots.find((item) => item.id === id);
    if (!lot || sign(rest) <= 0) continue;
    const part = compare(lot.quantity, rest) < 0 ? lot.quantity : rest;
    taken.set(id, part);
    rest = subtract(rest, part);
  }
  return taken;
}

function useOpenLots({ portfolioId, assetId, correctedIds }: LotsPickerProps) {
  const isCorrection = correctedIds.length > 0;
  const now = useQuery({ ...lotsQuery(portfolioId, assetId), enabled: !isCorrection });
  const without = useQuery({ ...effectQuery(portfolioId, correctedIds, []), enabled: isCorrection });
  const open = isCorrection
    ? (without.data?.lots ?? []).flatMap(({ quantity_after: quantity, cost_after: cost_basis, ...lot }) =>
        lot.asset_id === assetId && quantity !== null ? { ...lot, quantity, cost_basis } : [],
      )
    : (now.data?.items ?? []);
  return { open, error: isCorrection ? without.error : now.error };
}

/** The open lots of an asset in an account, to say which of them a sale takes. */
export function LotsPicker(props: LotsPickerProps) {
  const { account, baseCurrency, quantity, chosen, fault, onChosen } = props;
  const { open, error } = useOpenLots(props);
  const lots = open.filter((lot) => account === undefined || lot.account === account.trim());
  if (error) return <FormError error={error} />;
  if (lots.length === 0) return null;
  const taken = takenFrom(lots, chosen, quantity ?? ZERO);
  const isSaid = areUnitsSaid(chosen);
  const tick = (id: string) => onChosen([...chosen, isSaid ? { id, units: undefined } : { id }]);
  const say = (id: string, units: Dec | undefined) =>
    onChosen(chosen.map((lot) => ({ id: lot.id, units: lot.id === id ? units : taken.get(lot.id) })));
  const placeOf = (id: string) => chosen.findIndex((lot) => lot.id === id);
  return (
    <fieldset className="col-span-2 flex flex-col gap-1">
      <legend className="font-medium text-sm">{t('lots')}</legend>
      <p className="text-muted text-xs">{t('lotsHint')}</p>
      <ul className="max-h-56 overflow-y-auto rounded-control border border-line">
        {lots.map((lot) => (
          <li
            key={lot.id}
            className="flex flex-wrap items-center gap-x-3 border-line border-b px-3 py-1 last:border-0"
          >
            <label className="flex min-h-9 flex-1 flex-wrap items-center gap-x-3 text-sm">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={placeOf(lot.id) >= 0}
                onChange={({ target }) =>
                  target.checked ? tick(lot.id) : onChosen(chosen.filter(({ id }) => id !== lot.id))
                }
              />
              <span>
                {account === undefined
                  ? t('lotLine', { day: formatDay(lot.acquired_on), account: lot.account })
                  : formatDay(lot.acquired_on)}
              </span>
              <Quantity value={lot.quantity} />
              <span className="text-muted">
                <Amount value={lot.cost_basis} currency={baseCurrency} />
              </span>
            </label>
            {placeOf(lot.id) >= 0 && (
              <>
                <span aria-hidden="true" className="text-muted text-xs">
                  {t('lotTakes')}
                </span>
                <MoneyInput
                  isLabelHidden
                  className="-mt-1 w-32"
                  label={t('lotUnits', { day: formatDay(lot.acquired_on) })}
                  value={taken.get(lot.id)}
                  error={fault(`lot_quantities/${placeOf(lot.id)}`)}
                  onValue={(units) => say(lot.id, units)}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      <FieldError text={lotsFault(chosen, quantity) ?? fault('lot_ids', 'lot_quantities')} />
    </fieldset>
  );
}
