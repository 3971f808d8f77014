import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Holding, Holdings } from '@/api/parse/portfolios';
import { holdingsQuery } from '@/api/queries/portfolios';
import { Sparkline } from '@/charts/sparkline';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { addDays } from '@/lib/dates';
import { closedReason } from '@/ui/day-change';
import { Delta, Gain } from '@/ui/delta';
import { Explained } from '@/ui/explained';
import { ListCard, Nothing } from './list-card';
import { t } from './messages';
import type { PartProps } from './part';

const EACH = 4;

export function MoversCard({ portfolio, range }: PartProps) {
  const { data, error, refetch } = useQuery(holdingsQuery(portfolio.id, range.to));
  return (
    <ListCard title={t('movers')} error={error} onRetry={() => void refetch()}>
      {data && <Lists holdings={data} />}
    </ListCard>
  );
}

/** The best and the worst of the day, at most `count` each. What has no new price has not moved. */
export function movers(items: readonly Holding[], count = EACH): { up: Holding[]; down: Holding[] } {
  const moved = items
    .filter(({ is_stale, day_return }) => !is_stale && day_return !== null && day_return !== 0)
    .sort((a, b) => (b.day_return ?? 0) - (a.day_return ?? 0));
  const isUp = ({ day_return }: Holding) => (day_return ?? 0) > 0;
  const down = moved.filter((item) => !isUp(item)).reverse();
  return { up: moved.filter(isUp).slice(0, count), down: down.slice(0, count) };
}

function Lists({ holdings }: { holdings: Holdings }) {
  const closed = closedReason(holdings);
  if (closed) return <Nothing>{t('moversNone', { why: closed })}</Nothing>;
  const { up, down } = movers(holdings.items);
  const part = { holdings };
  return (
    <>
      <List {...part} title={t('moversUp')} nothing={t('noUp')} items={up} />
      <List {...part} title={t('moversDown')} nothing={t('noDown')} items={down} />
    </>
  );
}

interface ListProps {
  holdings: Holdings;
  title: string;
  nothing: string;
  items: readonly Holding[];
}

function List({ holdings, title, nothing, items }: ListProps) {
  const { portfolio_id: of, base_currency: currency, as_of: to } = holdings;
  const day = { of, from: addDays(to, -1), to };
  return (
    <>
      <h3 className="flex h-7 items-center bg-wash px-4 font-medium text-muted text-xs">{title}</h3>
      {items.length === 0 ? (
        <Nothing>{nothing}</Nothing>
      ) : (
        <ul>
          {items.map((item) => (
            <li
              key={item.asset_id}
              className="flex min-h-12 items-center border-line border-b last:border-0 hover:bg-wash"
            >
              <Link
                to="/portfolios/$id"
                params={{ id: of }}
                search={{ asset: item.asset_id } as never}
                className="flex min-h-10 min-w-0 grow items-center gap-3 ps-4 leading-4 -outline-offset-2"
              >
                <span className="min-w-0 grow">
                  <span className="block truncate font-medium">{symbolOf(item)}</span>
                  <span className="block truncate text-muted text-xs">{nameBeside(item)}</span>
                </span>
                <Sparkline values={item.price_history} />
              </Link>
              <span className="flex w-28 shrink-0 flex-col items-end gap-1 pe-4 text-end leading-4">
                <Explained asked={{ ...day, figure: 'twr', asset_id: item.asset_id }}>
                  <Delta value={item.day_return} />
                </Explained>
                <span className="text-xs">
                  <Explained asked={{ ...day, figure: 'simple_gain', asset_id: item.asset_id }}>
                    <Gain value={item.day_gain} currency={currency} />
                  </Explained>
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
