import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { isApiError } from '@/api/problem';
import { portfolioQuery } from '@/api/queries/portfolios';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { useSearchState } from '@/ui/search-state';
import { History } from './history';
import { t } from './messages';
import { SEARCH } from './search';
import { Steps } from './steps';
import { Templates } from './templates';
import { Upload } from './upload';
import { Wizard } from './wizard';

export default function ImportsPage() {
  const { id = '' } = useParams({ strict: false });
  const [search, setSearch] = useSearchState(SEARCH);
  const { error, refetch } = useQuery(portfolioQuery(id));
  if (isApiError(error, 'portfolio-not-found'))
    // No drop area: what does not exist takes no file.
    return (
      <>
        <PageHeader title={t('title')} />
        <Card>
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={320} />
        </Card>
      </>
    );
  if (search.import !== undefined)
    return (
      <>
        <PageHeader title={t('title')} note={t('note')}>
          <Link to="/portfolios/$id/import" params={{ id }} className={buttonClass()}>
            <Icon name="chevronLeft" size={18} />
            {t('backToImports')}
          </Link>
        </PageHeader>
        <Wizard key={search.import} importId={search.import} step={search.step} onChange={setSearch} />
      </>
    );
  return (
    <>
      <PageHeader title={t('title')} note={t('note')} />
      <Steps current="upload" />
      <div className="flex flex-col gap-4">
        <Upload portfolioId={id} onRead={(made) => setSearch({ import: made.id })} />
        <Templates />
        <History portfolioId={id} />
      </div>
    </>
  );
}
