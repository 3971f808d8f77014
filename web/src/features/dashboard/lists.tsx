import { CashCard } from './cash-card';
import { LatestCard } from './latest-card';
import { MoversCard } from './movers-card';
import { NoticesCard } from './notices-card';
import type { PartProps } from './part';

/** What stands below the charts. */
export function Lists(part: PartProps) {
  return (
    <>
      <div className="grid gap-4 lg:grid-cols-3">
        <MoversCard {...part} />
        <LatestCard {...part} />
        <CashCard {...part} />
      </div>
      <NoticesCard {...part} />
    </>
  );
}
