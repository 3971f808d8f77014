import type { Question } from '@/api/queries/portfolios';
import type { Search } from './search';

export type Asked = Pick<Search, 'scope' | 'timing' | 'fees' | 'benchmark'>;

/** What the URL asks to be measured. */
export function questionOf({ scope, timing, fees, benchmark }: Asked): Question {
  const [kind, key] = splitScope(scope);
  return {
    ...(kind === 'account' ? { account: key } : {}),
    ...(kind === 'asset' ? { asset_id: key } : {}),
    ...(kind === 'tag' ? { tag: key } : {}),
    ...(timing === 'inflow_start_outflow_end' ? {} : { flow_timing: timing }),
    ...(fees ? { fees_in_cost: fees === 'in' } : {}),
    ...(benchmark ? { benchmark } : {}),
  };
}

export type ScopeKind = 'portfolio' | 'account' | 'asset' | 'tag';

/** "account:A:B" is the account A:B; nothing is the whole portfolio. */
export function splitScope(scope: string | undefined): [ScopeKind, string] {
  if (!scope) return ['portfolio', ''];
  const at = scope.indexOf(':');
  return [scope.slice(0, at) as ScopeKind, scope.slice(at + 1)];
}
