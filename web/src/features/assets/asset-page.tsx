import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import type { AssetDetail } from '@/api/parse/assets';
import { assetDetailQuery } from '@/api/queries/assets';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { formatDay } from '@/lib/dates';
import { assetClassLabel } from '@/ui/asset-classes';
import { SimulatedBadge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { useSearchState } from '@/ui/search-state';
import { Skeleton } from '@/ui/skeleton';
import { useWriteBlock } from '@/ui/write-block';
import { AboutCard } from './about';
import type { Open } from './dialogs';
import { HeldCard } from './held';
import { t } from './messages';
import { PriceCard } from './price';
import { QualityCard } from './quality';
import { TransactionsCard } from './transactions';
import { WatchMenu } from './watch';

const Dialogs = lazy(() => import('./dialogs'));

const SEARCH = {
  /** The job that asks for its history, where it was just added. */
  job: (value: unknown) => (typeof value === 'string' ? value : undefined),
};

interface AssetPageProps {
  /** What another feature knows of the asset: the app puts it here. */
  news: (asset: AssetDetail) => ReactNode;
}

/** One asset: its price, what is held of it, and where that is known from. */
export default function AssetPage({ news }: AssetPageProps) {
  const { id = '' } = useParams({ strict: false });
  const [{ job }, setSearch] = useSearchState(SEARCH);
  const [open, setOpen] = useState<Open>();
  const { data: asset, error, refetch } = useQuery(assetDetailQuery(id));
  const jobEnded = useCallback(() => setSearch({ job: undefined }), [setSearch]);
  const jobKnown = (jobId: string | null) => setSearch({ job: jobId ?? undefined });
  return (
    <>
      <Header asset={asset} onOpen={setOpen} />
      {error && !asset ? (
        <Card>
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={480} />
        </Card>
      ) : (
        <div className="flex flex-col gap-4">
          {asset?.merged_into && <MergedInto asset={asset} onOpen={setOpen} />}
          {asset ? (
            <PriceCard
              asset={asset}
              job={job}
              onJobEnd={jobEnded}
              onName={() => setOpen({ kind: 'providers' })}
            />
          ) : (
            <Skeleton height={420} />
          )}
          <div className="grid items-start gap-4 xl:grid-cols-2">
            {!asset?.merged_into && <HeldCard id={id} />}
            <TransactionsCard id={id} />
            {asset && <AboutCard asset={asset} onOpen={setOpen} />}
            <QualityCard id={id} />
          </div>
          {asset && news(asset)}
        </div>
      )}
      <Suspense>
        {open && asset && (
          <Dialogs open={open} asset={asset} onJob={jobKnown} onClose={() => setOpen(undefined)} />
        )}
      </Suspense>
    </>
  );
}

function Header({ asset, onOpen }: { asset: AssetDetail | undefined; onOpen: (open: Open) => void }) {
  const block = useWriteBlock();
  const isMine = asset?.scope === 'tenant' && !asset.is_simulated;
  const canMerge = asset !== undefined && !asset.is_simulated && !asset.merged_into;
  const items = [
    ...(isMine
      ? [
          { id: 'edit', label: t('edit'), icon: 'edit' as const, run: () => onOpen({ kind: 'edit' }) },
          {
            id: 'providers',
            label: t('providers'),
            icon: 'refresh' as const,
            run: () => onOpen({ kind: 'providers' }),
          },
          {
            id: 'json',
            label: t('jsonSource'),
            icon: 'chart' as const,
            run: () => onOpen({ kind: 'json' }),
          },
        ]
      : []),
    ...(canMerge
      ? [{ id: 'merge', label: t('merge'), icon: 'undo' as const, run: () => onOpen({ kind: 'merge' }) }]
      : []),
  ];
  return (
    <PageHeader
      title={asset ? symbolOf(asset) : t('title')}
      note={
        <span className="flex min-h-6 flex-wrap items-center gap-x-2">
          {asset && (
            <>
              <span>
                {[nameBeside(asset), assetClassLabel(asset.asset_class), asset.currency]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              {asset.is_simulated && <SimulatedBadge />}
            </>
          )}
        </span>
      }
    >
      {asset && !asset.merged_into && (
        <Link
          to="/predictions"
          search={{ asset: asset.id } as never}
          className={buttonClass('secondary', 'max-sm:px-0')}
        >
          <Icon name="fan" size={18} />
          <span className="max-sm:sr-only">{t('forecast')}</span>
        </Link>
      )}
      {asset && <WatchMenu asset={asset} />}
      {asset && items.length > 0 && (
        <Menu
          label={t('more', { symbol: symbolOf(asset) })}
          buttonClassName={buttonClass('secondary', 'px-0')}
          items={items.map((item) => ({ ...item, disabled: block !== undefined }))}
        >
          <Icon name="more" size={18} />
        </Menu>
      )}
    </PageHeader>
  );
}

function MergedInto({ asset, onOpen }: { asset: AssetDetail; onOpen: (open: Open) => void }) {
  const into = asset.merged_into;
  const block = useWriteBlock();
  if (!into) return null;
  return (
    <Card title={t('mergedInto', { symbol: into.symbol })}>
      <p className="text-sm">
        {t('mergedIntoBody', { symbol: into.symbol, day: formatDay(into.merged_at.slice(0, 10)) })}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Link to="/assets/$id" params={{ id: into.asset_id }} className={buttonClass('primary')}>
          {t('openOther', { symbol: into.symbol })}
        </Link>
        <Button
          disabled={block !== undefined}
          title={block}
          onClick={() => onOpen({ kind: 'unmerge', id: asset.id, symbol: asset.symbol })}
        >
          {t('part')}
        </Button>
      </div>
    </Card>
  );
}
