import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo } from 'react';
import { PortfolioContext } from '@/api/contexts';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { usePreference } from '@/lib/preferences';

/** The selection: the portfolio in the address, else the one chosen last, else the first there is. */
export function PortfolioProvider({ children }: { children: ReactNode }) {
  const { data } = useQuery(portfoliosQuery);
  const { id: inAddress } = useParams({ strict: false });
  const [last, select] = usePreference('portfolio');
  useEffect(() => {
    if (inAddress && inAddress !== last) select(inAddress);
  }, [inAddress, last, select]);
  const known = (id: string | undefined) => data?.items.find((portfolio) => portfolio.id === id)?.id;
  const portfolioId = inAddress ?? known(last) ?? data?.items[0]?.id;
  const value = useMemo(() => ({ portfolioId, select }), [portfolioId, select]);
  return <PortfolioContext value={value}>{children}</PortfolioContext>;
}
