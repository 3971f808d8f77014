import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Holding, Portfolio } from '@/api/parse/portfolios';
import { holdingsQuery, portfolioQuery } from '@/api/queries/portfolios';
import { formatDay } from '@/lib/dates';
import { SimulatedBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
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
import { RealisedTab } from './realised';
import { type Change, SEARCH, type Search, TABS } from './search';

const Dialogs = lazy(() => import('./dialogs'));
const TAB_WORDS = { holdings: 'tabHoldings', realised: 'tabRealised', allocation: 'tabAllocation' } as const;

export default function PortfolioPage() {
  const { id = '' } = useParams({ strict: false });
  const [open, setOpen] = useState<Open>();
  const { data: tagged, error, refetch } = useQuery(portfolioQuery(id));
  const portfolio = tagged?.value;
  return (
    <>
      <Header id={id} portfolio={portfolio} onOpen={setOpen} />
      {error && !portfolio ? (
        <Card>
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={320} />
        </Card>
      ) : portfolio?.transactions_count === 0 ? (
        <NoTransactions portfolioId={id} />
      ) : (
        <Content id={id} onPrice={(holding) => setOpen({ kind: 'price', holding })} />
      )}
      <Suspense>
        {open && portfolio && (
          <Dialogs open={open} portfolio={portfolio} onClose={() => setOpen(undefined)} />
        )}
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
    <PageHeader
      title={portfolio?.name ?? t('title')}
      note={portfolio && <HeaderNote portfolio={portfolio} />}
    >
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

function HeaderNote({ portfolio }: { portfolio: Portfolio }) {
  const { base_currency: currency, is_demo } = portfolio;
  const asOf = useQuery(holdingsQuery(portfolio.id)).data?.as_of ?? portfolio.as_of;
  return (
    <span className="flex flex-wrap items-center gap-2">
      {asOf ? t('note', { currency, day: formatDay(asOf) }) : t('noteUnknown', { currency })}
      {is_demo && <SimulatedBadge />}
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
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <CashCard data={data} />
        <FiguresCard data={data} />
      </div>
      {data && <Notes warnings={data.warnings} />}
    </div>
  );
}

interface PanelProps extends ContentProps {
  search: Search;
  onChange: (change: Change) => void;
}

function Panel({ id, search, onChange, onPrice }: PanelProps) {
  const { data } = useQuery(holdingsQuery(id));
  if (search.tab === 'realised')
    return <RealisedTab portfolioId={id} period={search.period} onChange={onChange} />;
  if (search.tab === 'allocation')
    return <AllocationTab portfolioId={id} by={search.by} onChange={onChange} />;
  if (!data) return <Skeleton height={480} />;
  return <HoldingsTab data={data} search={search} onChange={onChange} onPrice={onPrice} />;
}
