import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, downloadUrl } from '@/api/client';
import { TaxReport } from '@/api/parse/tax-report';
import { portfolioKey } from './portfolios';

/** No year: the running one. */
export const taxReportQuery = (id: string, year?: number) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'tax-report', year ?? ''],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/tax-report', TaxReport, { path: { id }, query: { year }, signal }),
    placeholderData: keepPreviousData,
  });

export const taxReportUrl = (id: string, year: number) =>
  downloadUrl(`/portfolios/${encodeURIComponent(id)}/tax-report`, { year: String(year), format: 'csv' });
