import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Transaction, TransactionDetail } from '@/api/parse/transactions';
import { useBulkChange } from '@/api/queries/changes';
import { transactionQuery } from '@/api/queries/transactions';
import { assetLabel } from '@/lib/asset-name';
import { formatDay, formatInstant } from '@/lib/dates';
import { exact } from '@/lib/format';
import { Amount, Price, Quantity } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { linkClass } from '@/ui/class';
import { Confirm } from '@/ui/confirm';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { TypeName } from './columns';
import type { Change } from './filters';
import { t } from './messages';
import { Postings } from './postings';
import { ratioSaid } from './ratio';
import { isShortage, Shortage } from './shortage';
import { assetOf, describe, isRepeatable } from './types';
import { useRestore } from './undo';

const BODY_PX = 560;

interface DetailProps {
  portfolioId: string;
  id: string;
  onChange: (change: Change) => void;
}

export default function Detail({ portfolioId, id, onChange }: DetailProps) {
  const { data, error, refetch } = useQuery(transactionQuery(portfolioId, id));
  return (
    <Dialog
      open
      side
      title={data ? describe(data) : t('detailLoading')}
      onClose={() => onChange({ open: undefined })}
    >
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} minHeight={BODY_PX} />}
      {!data && !error && <Skeleton height={BODY_PX} />}
      {data && <Body item={data} portfolioId={portfolioId} onChange={onChange} />}
    </Dialog>
  );
}

type BodyProps = Omit<DetailProps, 'id'> & { item: TransactionDetail };

function Body({ item, portfolioId, onChange }: BodyProps) {
  return (
    <div className="flex flex-col gap-5">
      <Facts item={item} />
      <Links item={item} portfolioId={portfolioId} onChange={onChange} />
      <Postings postings={item.postings} />
      <Actions item={item} portfolioId={portfolioId} onChange={onChange} />
    </div>
  );
}

/** What it is about, with a link to it where it is an asset. */
function AssetName({ item }: { item: Transaction }) {
  const name = assetLabel(assetOf(item));
  if (!item.asset_id) return name;
  return (
    <Link to="/assets/$id" params={{ id: item.asset_id }} className={linkClass}>
      {name}
    </Link>
  );
}

function Facts({ item }: { item: Transaction }) {
  const currency = item.currency ?? item.total_currency ?? '';
  const money = (value: Transaction['gross'], code = currency) =>
    value && <Amount value={value} currency={code} />;
  const facts: [string, ReactNode][] = [
    [t('type'), <TypeName key="type" item={item} />],
    [t('day'), formatDay(item.day)],
    [t('executedAt'), item.executed_at && formatInstant(item.executed_at)],
    [t('account'), item.account],
    [t('cashAccount'), item.cash_account !== item.account && item.cash_account],
    [t('symbol'), item.symbol && <AssetName key="symbol" item={item} />],
    [t('quantity'), item.quantity && <Quantity key="quantity" value={item.quantity} />],
    [t('price'), item.unit_price && <Price key="price" value={item.unit_price} currency={currency} />],
    [t('gross'), money(item.gross)],
    [t('fee'), money(item.fee, item.fee_currency ?? currency)],
    [t('tax'), money(item.tax)],
    [
      t('total'),
      item.total_amount && (
        <span key="total" className="font-semibold">
          <Amount value={item.total_amount} currency={item.total_currency ?? currency} signed />
        </span>
      ),
    ],
    [t('settled'), item.settle_amount && money(item.settle_amount, item.settle_currency ?? '')],
    [t('rate'), item.fx_rate && exact(item.fx_rate)],
    [t('ratio'), item.ratio && ratioSaid(item.type, item.ratio)],
    [t('toAsset'), item.to_symbol],
    [t('toQuantity'), item.to_quantity && <Quantity key="to" value={item.to_quantity} />],
    [t('toAccount'), item.to_account],
    [
      t('poolLegs'),
      item.legs?.length && (
        <span key="legs" className="flex flex-col">
          {item.legs.map((leg) => (
            <span key={leg.symbol}>
              <Quantity value={leg.quantity} /> {leg.symbol}
            </span>
          ))}
        </span>
      ),
    ],
    [t('note'), item.note],
    [
      t('tags'),
      item.tags.length > 0 && (
        <span key="tags" className="flex flex-wrap gap-1">
          {item.tags.map((tag) => (
            <Badge key={tag}>{tag}</Badge>
          ))}
        </span>
      ),
    ],
    [t('recordedAt'), formatInstant(item.recorded_at)],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="min-w-0">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Links({ item, portfolioId, onChange }: BodyProps) {
  const other = item.reversed_by_id ?? item.reverses_id;
  if (!other && !item.import_id && item.partners.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {other && (
        <Button icon="undo" onClick={() => onChange({ open: other })}>
          {t(item.reversed_by_id ? 'showReversal' : 'showOriginal')}
        </Button>
      )}
      {item.partners.map((partner) => (
        <Link
          key={partner.id}
          to="/portfolios/$id/transactions"
          params={{ id: partner.portfolio_id }}
          search={{ open: partner.id } as never}
          className={buttonClass()}
        >
          {t('partner')}: {partner.account}
        </Link>
      ))}
      {item.import_id && (
        <Link
          to="/portfolios/$id/import"
          params={{ id: portfolioId }}
          search={{ import: item.import_id } as never}
          className={buttonClass()}
        >
          {t('showImport')}
        </Link>
      )}
    </div>
  );
}

function Actions({ item, portfolioId, onChange }: BodyProps) {
  const [isAsking, setAsking] = useState(false);
  const block = useWriteBlock();
  const isInForce = !item.reversed_by_id && !item.reverses_id;
  const isElsewhere = item.partners.some(({ portfolio_id }) => portfolio_id !== portfolioId);
  const canRepeat = isRepeatable(item.type) && !isElsewhere;
  return (
    <>
      {block && <p className="text-muted text-sm">{block}</p>}
      {isInForce && !canRepeat && (
        <p className="text-muted text-sm">{t(isElsewhere ? 'partnerElsewhere' : 'noEdit')}</p>
      )}
      <div className="flex flex-wrap gap-2">
        {isInForce && canRepeat && (
          <Button
            icon="edit"
            disabled={block !== undefined}
            onClick={() => onChange({ open: undefined, edit: item.id })}
          >
            {t('edit')}
          </Button>
        )}
        {canRepeat && !item.reverses_id && (
          <Button
            icon="plus"
            disabled={block !== undefined}
            onClick={() => onChange({ open: undefined, again: item.id })}
          >
            {t('again')}
          </Button>
        )}
        {isInForce && (
          <Button icon="undo" disabled={block !== undefined} onClick={() => setAsking(true)}>
            {t('reverse')}
          </Button>
        )}
      </div>
      <Reverse
        item={item}
        portfolioId={portfolioId}
        open={isAsking}
        onClose={() => setAsking(false)}
        onDone={() => onChange({ open: undefined })}
      />
    </>
  );
}

interface ReverseProps {
  item: Transaction;
  portfolioId: string;
  open: boolean;
  onClose: () => void;
  onDone: () => void;
}

function Reverse({ item, portfolioId, open, onClose, onDone }: ReverseProps) {
  const reverse = useBulkChange();
  const restore = useRestore(portfolioId);
  const { toast } = useUi();
  const what = describe(item);
  const run = (accept_missing: boolean) =>
    reverse.mutate(
      { portfolioId, ids: [item.id], action: 'reverse', with_partners: true, accept_missing },
      {
        onSuccess: ({ ids }) => {
          const action = { label: t('undo'), run: () => void restore(ids, what) };
          toast({ text: t('reversedToast', { what }), action });
          onDone();
        },
      },
    );
  const isShort = isShortage(reverse.error);
  return (
    <Confirm
      open={open}
      title={t('reverseTitle')}
      action={t('reverse')}
      isDangerous
      busy={reverse.isPending}
      error={isShort ? null : reverse.error}
      onConfirm={() => run(false)}
      onClose={onClose}
    >
      <div className="flex flex-col gap-3">
        <p>{t('reverseBody')}</p>
        <Shortage
          error={reverse.error}
          account={item.account}
          action={t('reverseAnyway')}
          busy={reverse.isPending}
          onAccept={() => run(true)}
        />
      </div>
    </Confirm>
  );
}
