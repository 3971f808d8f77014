import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { isApiError } from '@/api/problem';
import { portfolioQuery } from '@/api/queries/portfolios';
import { buttonClass } from '@/ui/button';
import { PageHeader } from '@/ui/card';
import { Icon } from '@/ui/icon';
import { PageError } from '@/ui/page-error';
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
    return <PageError title={t('title')} error={error} onRetry={() => void refetch()} />;
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
