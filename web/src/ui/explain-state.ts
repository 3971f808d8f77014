import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Asked } from '@/api/parse/explanations';
import { ALLOCATION_KEYS } from '@/api/parse/portfolios';
import { isDay } from '@/lib/dates';
import { parseText as text } from './search-state';

// What is asked for stands in the URL of whatever page is open, each part under a name of its own.
const NAMES = {
  of: 'explain_of',
  figure: 'explain',
  asset_id: 'explain_asset',
  currency: 'explain_currency',
  base_currency: 'explain_base',
  account: 'explain_account',
  by: 'explain_by',
  key: 'explain_key',
  tag: 'explain_tag',
  flow_timing: 'explain_timing',
  fees_in_cost: 'explain_fees_in_cost',
  lot_method: 'explain_lots',
  benchmark: 'explain_benchmark',
  from: 'explain_from',
  to: 'explain_to',
} as const satisfies Record<keyof Asked, string>;
type Part = keyof Asked;

const day = (value: unknown) => (isDay(value) ? value : undefined);
const PARSERS: Record<Part, (value: unknown) => unknown> = {
  of: text,
  figure: (value) => (typeof value === 'string' && /^[a-z_]{1,60}$/.test(value) ? value : undefined),
  asset_id: text,
  currency: text,
  base_currency: text,
  account: text,
  by: (value) => ['holdings', ...ALLOCATION_KEYS].find((known) => known === value),
  key: (value) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : text(value)),
  tag: text,
  flow_timing: text,
  fees_in_cost: (value) => (typeof value === 'boolean' ? value : undefined),
  lot_method: text,
  benchmark: text,
  from: day,
  to: day,
};

/** How many explanations were opened one from the other. */
interface Steps {
  explained?: number;
}

type Search = Readonly<Record<string, unknown>>;

/** What the URL asks to be explained; undefined where nothing is asked, or nonsense. */
export function askedOf(search: Search): Asked | undefined {
  const parts = (Object.keys(NAMES) as Part[]).map((part) => [part, PARSERS[part](search[NAMES[part]])]);
  const asked = Object.fromEntries(parts.filter(([, value]) => value !== undefined));
  return asked.of === undefined || asked.figure === undefined ? undefined : (asked as Asked);
}

/** The search of a page with this question in it, or with none. */
export function withAsked(search: Search, asked: Asked | undefined): Search {
  const names: string[] = Object.values(NAMES);
  const kept = Object.entries(search).filter(([name]) => !names.includes(name));
  const put = Object.entries(asked ?? {}).map(([part, value]) => [NAMES[part as Part], value] as const);
  return Object.fromEntries([...kept, ...put.filter(([, value]) => value !== undefined)]);
}

/** Asks for an explanation: a step of the history, so that the back button leads to what was explained before it. */
export function useExplain(): (asked: Asked) => void {
  const navigate = useNavigate();
  return useCallback(
    (asked) =>
      void navigate({
        to: '.',
        search: ((before: Search) => withAsked(before, asked)) as never,
        state: ((before: Steps) => ({ ...before, explained: (before.explained ?? 0) + 1 })) as never,
        resetScroll: false,
      }),
    [navigate],
  );
}

/** What is being explained, and how to end it. */
export function useExplanation(): [Asked | undefined, () => void] {
  const search: Search = useSearch({ strict: false });
  const asked = useMemo(() => askedOf(search), [search]);
  const router = useRouter();
  const close = useCallback(() => {
    // Opened here: back to the page, or the way back would open it again. By an address: there is nothing behind it.
    const { explained } = router.state.location.state as Steps;
    if (explained) router.history.go(-explained);
    else
      void router.navigate({
        to: '.',
        search: ((before: Search) => withAsked(before, undefined)) as never,
        replace: true,
        resetScroll: false,
      });
  }, [router]);
  return [asked, close];
}
