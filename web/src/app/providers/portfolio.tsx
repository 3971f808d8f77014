import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo } from 'react';
import { PortfolioContext } from '@/api/contexts';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { usePreference } from '@/lib/preferences';

/** The selection: the portfolio in the address, where there is such a one, else the one chosen last, else the first. */
export function PortfolioProvider({ children }: { children: ReactNode }) {
  const { data } = useQuery(portfoliosQuery);
  // Not of the route's parameters: the id on an asset's page is the asset's.
  const inAddress = useLocation({ select: ({ pathname }) => /^\/portfolios\/([^/]+)/.exec(pathname)?.[1] });
  const [last, select] = usePreference('portfolio');
  const known = (id: string | undefined) => data?.items.find((portfolio) => portfolio.id === id)?.id;
  const chosen = known(inAddress);
  useEffect(() => {
    if (chosen && chosen !== last) select(chosen);
  }, [chosen, last, select]);
  const portfolioId = data ? (chosen ?? known(last) ?? data.items[0]?.id) : inAddress;
  const value = useMemo(() => ({ portfolioId, select }), [portfolioId, select]);
  return <PortfolioContext value={value}>{children}</PortfolioContext>;
}
