// Two of the app's three contexts, made here so that features can read what the app provides.

import { createContext, useContext } from 'react';
import type { Me } from './parse/identity';

/** Identity of who is signed in. */
export const UserContext = createContext<Me | undefined>(undefined);

export interface Selection {
  /** The portfolio chosen last; undefined while there is none. Its data is in queries. */
  portfolioId: string | undefined;
  select: (id: string) => void;
}

export const PortfolioContext = createContext<Selection>({ portfolioId: undefined, select: () => undefined });

/** Only below the signed-in shell; throws elsewhere. */
export function useUser(): Me {
  const me = useContext(UserContext);
  if (!me) throw new Error('useUser needs a signed-in shell above');
  return me;
}

export function usePortfolio(): Selection {
  return useContext(PortfolioContext);
}
