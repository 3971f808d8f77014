import { useQuery } from '@tanstack/react-query';
import type { MissingAcquisition, Repair, Suggestion } from '@/api/parse/changes';
import { missingQuery, suggestionsQuery, usePairTransfers } from '@/api/queries/changes';
import { formatDay } from '@/lib/dates';
import { sign } from '@/lib/decimal';
import { price } from '@/lib/format';
import { Quantity } from '@/ui/amount';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { repairName } from '@/ui/repair-name';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import type { Change } from './filters';
import { t } from './messages';

interface AttentionProps {
  portfolioId: string;
  onChange: (change: Change) => void;
}

/** What the books cannot know by themselves: sales without a purchase, transfers that may belong together. */
export function Attention({ portfolioId, onChange }: AttentionProps) {
  const missing = useQuery(missingQuery(portfolioId)).data?.items ?? [];
  const pairs = useQuery(suggestionsQuery(portfolioId)).data?.items ?? [];
  const count = missing.length + pairs.length;
  if (count === 0) return null;
  return (
    <details className="card mb-4">
      <summary className="flex min-h-11 cursor-pointer items-center gap-2 px-4 py-2 font-medium text-sm">
        <Icon name="warning" size={18} className="shrink-0 text-loss" />
        {t('attention', { count })}
      </summary>
      <ul className="flex max-h-80 flex-col overflow-y-auto px-4 pb-2 text-sm">
        {pairs.map((item) => (
          <Pair key={item.out.id} portfolioId={portfolioId} item={item} />
        ))}
        {missing.map((record) => (
          <Missing
            key={`${record.transaction_id} ${record.symbol}`}
            record={record}
            onRepair={(repair) => onChange({ add: true, repair })}
          />
        ))}
      </ul>
    </details>
  );
}

const LINE = 'flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-t py-2';

function Pair({ portfolioId, item: { out, into, difference } }: { portfolioId: string; item: Suggestion }) {
  const pair = usePairTransfers();
  const { toast } = useUi();
  const block = useWriteBlock();
  const run = () =>
    pair.mutate(
      { portfolioId, out_id: out.id, in_id: into.id },
      {
        onSuccess: () => toast({ text: t('paired') }),
        onError: ({ message }) => toast({ text: message, tone: 'danger' }),
      },
    );
  return (
    <li className={LINE}>
      <span className="grow">
        {t('pairLine', {
          symbol: out.symbol ?? out.currency ?? '',
          out: out.account,
          outDay: formatDay(out.day),
          into: into.account,
          intoDay: formatDay(into.day),
        })}
        {sign(difference) > 0 && (
          <>
            {' · '}
            <Quantity value={difference} /> {t('pairLoss')}
          </>
        )}
      </span>
      <Button busy={pair.isPending} disabled={block !== undefined} title={block} onClick={run}>
        {t('pairIt')}
      </Button>
    </li>
  );
}

interface MissingProps {
  record: MissingAcquisition;
  onRepair: (name: string) => void;
}

function Missing({ record, onRepair }: MissingProps) {
  const { symbol, account, day, quantity } = record;
  return (
    <li className={LINE}>
      <span className="grow">
        {t('missingLine', { symbol, account, day: formatDay(day) })} <Quantity value={quantity} />
      </span>
      {record.repairs.map((repair, at) => (
        <Button key={`${repair.way} ${repair.from_account}`} onClick={() => onRepair(repairName(record, at))}>
          {wayText(record, repair)}
        </Button>
      ))}
    </li>
  );
}

function wayText({ currency }: MissingAcquisition, { way, from_account, unit_price }: Repair): string {
  if (way === 'reward' && unit_price && currency)
    return t('way_reward_price', { price: price(unit_price, currency) });
  return t(`way_${way}`, { account: from_account ?? '' });
}
