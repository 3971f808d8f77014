import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { demoQuery, useCreateDemo } from '@/api/queries/system';
import { Button, buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { FormError } from '@/ui/error-state';
import { useWriteBlock } from '@/ui/write-block';
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
            <DemoButton />
          </>
        }
      >
        {t('emptyBody')}
      </Empty>
    </Card>
  );
}

/** Opens the simulated portfolio, loading it first where it is not there. */
function DemoButton() {
  const block = useWriteBlock();
  const demo = useCreateDemo();
  const navigate = useNavigate();
  const there = useQuery(demoQuery).data?.portfolio_ids[0];
  const open = (id: string | undefined) => id && void navigate({ to: '/portfolios/$id', params: { id } });
  if (there) return <Button onClick={() => open(there)}>{t('toDemo')}</Button>;
  return (
    <>
      <Button
        icon="spark"
        busy={demo.isPending}
        disabled={block !== undefined}
        title={block}
        onClick={() => demo.mutate(undefined, { onSuccess: ({ portfolio_ids: [id] }) => open(id) })}
      >
        {t(demo.isPending ? 'demoLoading' : 'loadDemo')}
      </Button>
      <FormError error={demo.error} />
    </>
  );
}
