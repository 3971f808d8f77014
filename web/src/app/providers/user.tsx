import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { UserContext } from '@/api/contexts';
import { meQuery } from '@/api/queries/identity';

/** Identity of who is signed in. The route above has loaded it, so children never see it missing. */
export function UserProvider({ children }: { children: ReactNode }) {
  const { data } = useQuery(meQuery);
  return data && <UserContext value={data}>{children}</UserContext>;
}
