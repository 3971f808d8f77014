import { Link } from '@tanstack/react-router';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { t } from './messages';

/** Three ways to the first figures. */
export function NoTransactions({ portfolioId }: { portfolioId: string }) {
  const params = { id: portfolioId };
  return (
    <Card>
      <Empty
        icon="portfolio"
        title={t('emptyTitle')}
        action={
          <>
            <Link
              to="/portfolios/$id/transactions"
              params={params}
              search={{ add: true } as never}
              className={buttonClass('primary')}
            >
              {t('add')}
            </Link>
            <Link to="/portfolios/$id/import" params={params} className={buttonClass()}>
              {t('importFile')}
            </Link>
            <Link to="/onboarding" className={buttonClass()}>
              {t('toDemo')}
            </Link>
          </>
        }
      >
        {t('emptyBody')}
      </Empty>
    </Card>
  );
}
