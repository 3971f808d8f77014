import { queryOptions } from '@tanstack/react-query';
import { ask } from '@/api/client';
import { type Asked, Explanation } from '@/api/parse/explanations';
import { portfolioKey } from './portfolios';

export const explanationQuery = (id: string, asked: Asked) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'explain', asked],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/explain', Explanation, { path: { id }, query: { ...asked }, signal }),
  });
