import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Asked, Explanation } from '@/api/parse/explanations';
import { explanationQuery } from '@/api/queries/explanations';
import { formatDay } from '@/lib/dates';
import { type AssetClassName, assetClassLabel } from '@/ui/asset-classes';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Checkbox } from '@/ui/field';
import { SkeletonRows } from '@/ui/skeleton';
import { Bought, UnitValues } from './comparison';
import { DigitsProvider } from './digits';
import { Formula, Headline, Policies, Warnings } from './head';
import { nameOf, t } from './messages';
import { Curve, Flows, Prices, Rates, Spans, SubPeriods } from './periods';
import { PortfolioNames } from './portfolios';
import { Portions } from './portions';
import { Contributions, Disposals, Lots, Matches, Terms, Transactions, Valuations } from './tables';
import { Take } from './take';

interface DrawerProps {
  /** undefined: closed. It stays, so that the focus finds its way back. */
  asked: Asked | undefined;
  onClose: () => void;
}

/** How a figure came about: its formula and all that went into it. */
export default function ExplanationDrawer({ asked, onClose }: DrawerProps) {
  const { data, error, refetch } = useQuery({
    ...explanationQuery(asked ?? { of: '', figure: 'twr' }),
    enabled: asked !== undefined,
  });
  return (
    <Dialog
      open={asked !== undefined}
      onClose={onClose}
      side
      wide
      title={asked ? titleOf(asked, data) : t('loading')}
      description={data && periodOf(data)}
    >
      {data ? (
        <Body explanation={data} asked={asked} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={320} />
      ) : (
        <SkeletonRows rows={10} height={40} />
      )}
    </Dialog>
  );
}

function titleOf({ figure: asked, by, key }: Asked, data: Explanation | undefined): string {
  const ofPart = by === 'asset_class' ? assetClassLabel(key as AssetClassName) : data?.symbol;
  const name =
    by === 'holdings' ? t('allHeld') : Array.isArray(key) ? t('several', { count: key.length }) : ofPart;
  // The benchmark is what the figure is measured by, beside an asset as beside the whole.
  const beside = data?.benchmark?.symbol;
  const figure = beside ? t('beside', { figure: nameOf(asked), name: beside }) : nameOf(asked);
  return name ? t('of', { figure, name }) : figure;
}

function periodOf({ portfolio_name, from, to }: Explanation): string {
  const days = t('period', { from: formatDay(from), to: formatDay(to) });
  return `${portfolio_name ?? t('allPortfolios')} · ${days}`;
}

interface BodyProps {
  explanation: Explanation;
  asked: Asked | undefined;
}

/** From the figure back to what it was made of. */
function Body({ explanation, asked }: BodyProps) {
  const part = { explanation };
  const names = useMemo(
    () => new Map(explanation.portions.map((row) => [row.portfolio_id, row.portfolio_name])),
    [explanation],
  );
  const [isExact, setExact] = useState(false);
  return (
    <DigitsProvider value={isExact}>
      <PortfolioNames value={names}>
        <div className="flex flex-col gap-5">
          <Headline {...part} />
          <Formula {...part} />
          <Warnings {...part} />
          <Checkbox
            label={t('everyDigit')}
            checked={isExact}
            onChange={(event) => setExact(event.target.checked)}
          />
          <Terms {...part} />
          {asked && <Portions {...part} asked={asked} />}
          <Contributions {...part} />
          <Disposals {...part} />
          <Matches {...part} />
          <Bought {...part} />
          <UnitValues {...part} />
          <Valuations {...part} />
          <Lots {...part} />
          <SubPeriods {...part} />
          <Flows {...part} />
          <Spans {...part} />
          <Curve {...part} />
          <Prices {...part} />
          <Rates {...part} />
          <Transactions {...part} />
          <Policies {...part} />
          <Take {...part} />
        </div>
      </PortfolioNames>
    </DigitsProvider>
  );
}
