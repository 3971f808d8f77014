import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Holding, Portfolio } from '@/api/parse/portfolios';
import { holdingsQuery, portfolioQuery } from '@/api/queries/portfolios';
import { formatDay, today } from '@/lib/dates';
import { SimulatedBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { PageError } from '@/ui/page-error';
import { useSearchState } from '@/ui/search-state';
import { Skeleton } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { AllocationTab } from './allocation';
import { CashCard } from './cash';
import type { Open } from './dialogs';
import { NoTransactions } from './empty';
import { FiguresCard, Headline } from './figures';
import { HoldingsTab } from './holdings';
import { t } from './messages';
import { MissingCard, Notes } from './missing';
import { MoreMenu } from './more-menu';
import { PerformanceTab } from './performance';
import { RealisedTab } from './realised';
import { type Change, SEARCH, type Search, TABS } from './search';

const Dialogs = lazy(() => import('./dialogs'));
const TAB_WORDS = {
  holdings: 'tabHoldings',
  performance: 'performance',
  realised: 'tabRealised',
  allocation: 'tabAllocation',
} as const;

export default function PortfolioPage() {
  const { id = '' } = useParams({ strict: false });
  const [{ dialog }, setSearch] = useSearchState(SEARCH);
  const [open, setOpen] = useState<Open | undefined>(dialog && { kind: dialog });
  const close = () => {
    setOpen(undefined);
    if (dialog) setSearch({ dialog: undefined });
  };
  const { data: tagged, error, refetch } = useQuery(portfolioQuery(id));
  const portfolio = tagged?.value;
  if (error && !portfolio)
    return <PageError title={t('title')} error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <Header id={id} portfolio={portfolio} onOpen={setOpen} />
      {portfolio?.transactions_count === 0 ? (
        <NoTransactions portfolioId={id} />
      ) : (
        <Content id={id} onPrice={(holding) => setOpen({ kind: 'price', holding })} />
      )}
      <Suspense>
        {open && portfolio && <Dialogs open={open} portfolio={portfolio} onClose={close} />}
      </Suspense>
    </>
  );
}

interface HeaderProps {
  id: string;
  portfolio: Portfolio | undefined;
  onOpen: (open: Open) => void;
}

function Header({ id, portfolio, onOpen }: HeaderProps) {
  return (
    <PageHeader title={portfolio?.name ?? t('title')} note={<HeaderNote id={id} portfolio={portfolio} />}>
      <Link to="/portfolios/$id/import" params={{ id }} className={buttonClass('secondary', 'max-sm:hidden')}>
        <Icon name="upload" size={18} />
        {t('importFile')}
      </Link>
      <Link
        to="/portfolios/$id/transactions"
        params={{ id }}
        search={{ add: true } as never}
        className={buttonClass('primary')}
      >
        <Icon name="plus" size={18} />
        {t('add')}
      </Link>
      <MoreMenu id={id} disabled={!portfolio} onOpen={onOpen} />
    </PageHeader>
  );
}

/** Of constant width and height, or the buttons beside it would wrap when the day becomes known. */
function HeaderNote({ id, portfolio }: { id: string; portfolio: Portfolio | undefined }) {
  const asOf = useQuery(holdingsQuery(id)).data?.as_of ?? portfolio?.as_of;
  const currency = portfolio?.base_currency ?? 'EUR';
  const isKnown = portfolio && asOf;
  return (
    <span className="flex h-6 items-center gap-2 whitespace-nowrap">
      <span className={isKnown ? '' : 'invisible'}>
        {t('note', { currency, day: formatDay(asOf ?? today()) })}
      </span>
      {portfolio?.is_demo && (
        // On a phone there is no room, and the banner above says it.
        <span className="max-sm:hidden">
          <SimulatedBadge />
        </span>
      )}
    </span>
  );
}

interface ContentProps {
  id: string;
  onPrice: (holding: Holding) => void;
}

function Content({ id, onPrice }: ContentProps) {
  const [search, setSearch] = useSearchState(SEARCH);
  const { data, error, refetch } = useQuery(holdingsQuery(id));
  if (error && !data)
    return (
      <Card>
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={480} />
      </Card>
    );
  return (
    <div className="flex flex-col gap-4">
      <Headline data={data} />
      {data && <MissingCard portfolioId={id} items={data.missing_acquisitions} />}
      <Tabs
        label={t('tabs')}
        tabs={TABS.map((tab) => ({ id: tab, label: t(TAB_WORDS[tab]) }))}
        current={search.tab}
        onChange={(tab) => setSearch({ tab: tab === 'holdings' ? undefined : (tab as Search['tab']) })}
      >
        <Panel id={id} search={search} onChange={setSearch} onPrice={onPrice} />
      </Tabs>
      {data && (
        // Not before the rows above: how many there are decides where this stands.
        <>
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <CashCard data={data} />
            <FiguresCard data={data} />
          </div>
          <Notes {...data} />
        </>
      )}
    </div>
  );
}

interface PanelProps extends ContentProps {
  search: Search;
  onChange: (change: Change) => void;
}

function Panel({ id, search, onChange, onPrice }: PanelProps) {
  const { data } = useQuery(holdingsQuery(id));
  if (search.tab === 'performance')
    return <PerformanceTab portfolioId={id} search={search} onChange={onChange} />;
  if (search.tab === 'realised')
    return <RealisedTab portfolioId={id} period={search.period} onChange={onChange} />;
  if (search.tab === 'allocation')
    return <AllocationTab portfolioId={id} by={search.by} onChange={onChange} />;
  // Down to the foot of the window: what stands below must not be seen moving when the rows are there.
  if (!data) return <Skeleton height="max(30rem, calc(100dvh - 16rem))" />;
  return <HoldingsTab data={data} search={search} onChange={onChange} onPrice={onPrice} />;
}
