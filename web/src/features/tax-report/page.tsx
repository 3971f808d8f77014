import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { LOT_METHODS } from '@/api/parse/portfolios';
import type { TaxReport } from '@/api/parse/tax-report';
import { taxReportQuery, taxReportUrl } from '@/api/queries/tax-report';
import { downloadFrom } from '@/lib/csv';
import { formatDay } from '@/lib/dates';
import { Button, buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { useSearchState } from '@/ui/search-state';
import { Select } from '@/ui/select';
import { SkeletonRows } from '@/ui/skeleton';
import { useWriteBlock } from '@/ui/write-block';
import { AssetsCard } from './assets';
import { DisposalsCard } from './disposals';
import { Headline } from './headline';
import { IncomeCard } from './income';
import { Incomplete } from './incomplete';
import { t } from './messages';

const SEARCH = {
  /** None: the running year. */
  year: (value: unknown) => {
    const year = Number(value);
    return Number.isInteger(year) && year > 1900 && year <= 2100 ? year : undefined;
  },
};

/** A calendar year for the tax return. */
export default function TaxReportPage() {
  const { id = '' } = useParams({ strict: false });
  const [{ year }, setSearch] = useSearchState(SEARCH);
  const { data, error, refetch } = useQuery(taxReportQuery(id, year));
  return (
    <>
      <Header id={id} data={data} year={year} onYear={(chosen) => setSearch({ year: chosen })} />
      {data ? (
        <Report id={id} data={data} />
      ) : (
        <Card>
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} minHeight={480} />
          ) : (
            <SkeletonRows rows={12} height={40} />
          )}
        </Card>
      )}
    </>
  );
}

interface HeaderProps {
  id: string;
  data: TaxReport | undefined;
  year: number | undefined;
  onYear: (year: number) => void;
}

function Header({ id, data, year, onYear }: HeaderProps) {
  const block = useWriteBlock();
  const shown = year ?? data?.year ?? new Date().getFullYear();
  const years = [...new Set([shown, ...(data?.years ?? [])])].sort((a, b) => b - a);
  const note =
    data &&
    t('note', { since: formatDay(data.since), until: formatDay(data.until), currency: data.base_currency });
  return (
    <PageHeader title={`${t('title')} ${shown}`} note={note ?? ' '}>
      <Link to="/portfolios/$id" params={{ id }} className={buttonClass('ghost', 'print:hidden')}>
        <Icon name="chevronLeft" size={18} />
        {t('back')}
      </Link>
      <Select
        aria-label={t('year')}
        className="w-24! print:hidden"
        choices={years.map((value) => ({ value: String(value), label: String(value) }))}
        value={String(shown)}
        onChange={(event) => onYear(Number(event.target.value))}
      />
      <Button className="max-sm:hidden print:hidden" onClick={() => print()}>
        {t('print')}
      </Button>
      <Button
        icon="download"
        className="print:hidden"
        disabled={!data || block !== undefined}
        title={block}
        onClick={() => downloadFrom(taxReportUrl(id, shown))}
      >
        {t('csv')}
      </Button>
    </PageHeader>
  );
}

function Report({ id, data }: { id: string; data: TaxReport }) {
  const isEmpty = data.disposals.length === 0 && data.income.length === 0;
  return (
    <div className="flex flex-col gap-4">
      <Incomplete portfolioId={id} data={data} />
      <Headline data={data} />
      {isEmpty ? (
        <Card>
          <Empty icon="list" title={t('noReport', { year: String(data.year) })}>
            {t('noDisposals')}
          </Empty>
        </Card>
      ) : (
        <>
          <DisposalsCard data={data} />
          <div className="grid items-start gap-4 xl:grid-cols-2 print:block print:space-y-4">
            <AssetsCard data={data} />
            <IncomeCard data={data} />
          </div>
        </>
      )}
      <p className="text-muted text-xs">{t('advice', { method: methodName(data.lot_method) })}</p>
    </div>
  );
}

function methodName(method: string): string {
  const known = LOT_METHODS.find((name) => name === method);
  return known ? t(known) : method;
}
