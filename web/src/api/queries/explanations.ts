import { queryOptions } from '@tanstack/react-query';
import { ask } from '@/api/client';
import { ALL, type Asked, Explanation } from '@/api/parse/explanations';
import { portfolioKey } from './portfolios';

export const explanationQuery = ({ of, key, ...rest }: Asked) => {
  const query = key === undefined ? rest : { ...rest, key: [key].flat() };
  return queryOptions({
    queryKey: [...portfolioKey(of), 'explain', query],
    queryFn: ({ signal }) =>
      of === ALL
        ? ask('/explain', Explanation, { query, signal })
        : ask('/portfolios/{id}/explain', Explanation, { path: { id: of }, query, signal }),
  });
};
