import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { usePortfolio } from '@/api/contexts';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { useSearchState } from '@/ui/search-state';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';
import { Overview, OverviewSkeleton } from './overview';

const AllOverview = lazy(() => import('./all-overview'));
const Start = lazy(() => import('./start'));
const SEARCH = { all: (value: unknown) => value === true };
const ERROR_PX = 400;

export default function DashboardPage() {
  const { portfolioId } = usePortfolio();
  const [{ all }] = useSearchState(SEARCH);
  const { data, error, refetch } = useQuery(portfoliosQuery);
  const portfolio = data?.items.find(({ id }) => id === portfolioId);
  const [first, ...more] = data?.items ?? [];
  if (all && first && more.length > 0)
    return (
      <Suspense fallback={<OverviewSkeleton />}>
        <AllOverview portfolios={[first, ...more]} />
      </Suspense>
    );
  // Keyed: no figure of one portfolio stands while another's are on the way.
  if (portfolio && portfolio.transactions_count > 0)
    return <Overview key={portfolio.id} portfolio={portfolio} />;
  if (!data && !error) return <OverviewSkeleton />;
  return (
    <>
      <PageHeader title={t('title')} />
      {portfolio ? (
        <Suspense fallback={<Skeleton height={ERROR_PX} />}>
          <Start portfolioId={portfolio.id} />
        </Suspense>
      ) : (
        <Card>
          {data || !error ? (
            <NoPortfolio />
          ) : (
            <ErrorState error={error} onRetry={() => void refetch()} minHeight={ERROR_PX} />
          )}
        </Card>
      )}
    </>
  );
}

function NoPortfolio() {
  return (
    <Empty
      icon="portfolio"
      title={t('noPortfolioTitle')}
      action={
        <Link to="/onboarding" className={buttonClass('primary')}>
          {t('createPortfolio')}
        </Link>
      }
    >
      {t('noPortfolioBody')}
    </Empty>
  );
}
