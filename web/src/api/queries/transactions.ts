import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask, order } from '@/api/client';
import * as shapes from '@/api/parse/transactions';
import type { Day } from '@/lib/dates';
import { bookingStale, portfolioKey } from './portfolios';
import { useWrite } from './write';

export interface TransactionFilter {
  type?: string | undefined;
  asset_id?: string | undefined;
  account?: string | undefined;
  from?: Day | undefined;
  to?: Day | undefined;
  query?: string | undefined;
  import_id?: string | undefined;
  tag?: string | undefined;
  /** A field name, "-" before it for descending: "-day". */
  sort?: string | undefined;
  include_reversed?: boolean | undefined;
}

const PAGE = 100;
const PAGE_MAX = 500;

export const transactionsQuery = (portfolioId: string, filter: TransactionFilter, limit = PAGE) =>
  infiniteQueryOptions({
    queryKey: [...portfolioKey(portfolioId), 'transactions', filter, limit],
    queryFn: ({ signal, pageParam }) =>
      ask('/portfolios/{id}/transactions', shapes.Transactions, {
        path: { id: portfolioId },
        query: { ...filter, limit, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const transactionQuery = (portfolioId: string, id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), 'transaction', id],
    queryFn: ({ signal }) => ask('/transactions/{id}', shapes.TransactionDetail, { path: { id }, signal }),
  });

interface InPortfolio {
  portfolioId: string;
}

interface Reversal extends InPortfolio {
  id: string;
  note?: string;
  /** Book it even if later sales then lack units; they are listed as missing. */
  accept_missing?: boolean;
}

export function useRecordTransaction() {
  return useWrite({
    send: ({ portfolioId, draft }: InPortfolio & { draft: shapes.TransactionDraft }, intent) =>
      order('post', '/portfolios/{id}/transactions', shapes.Transaction, {
        path: { id: portfolioId },
        body: draft,
        intent,
      }),
    stale: ({ portfolioId }) => bookingStale(portfolioId),
  });
}

/** All that match, page after page: for an export. Not kept in the cache. */
export async function listEveryTransaction(
  portfolioId: string,
  filter: TransactionFilter,
  onProgress: (loaded: number, total: number | null) => void,
): Promise<shapes.Transaction[]> {
  const all: shapes.Transaction[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask('/portfolios/{id}/transactions', shapes.Transactions, {
      path: { id: portfolioId },
      query: { ...filter, limit: PAGE_MAX, cursor },
    });
    all.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    onProgress(all.length, page.total);
  } while (cursor);
  return all;
}

/** Books the negation: what "delete" and "undo" are in a ledger. */
export function useReverseTransaction() {
  return useWrite({
    send: ({ id, portfolioId: _, ...body }: Reversal, intent) =>
      order('post', '/transactions/{id}/reversal', shapes.Transaction, {
        path: { id },
        body,
        intent,
      }),
    stale: ({ portfolioId }) => bookingStale(portfolioId),
  });
}

/** Reversal and replacement in one: what "edit" is in a ledger. */
export function useCorrectTransaction() {
  return useWrite({
    send: ({ id, draft }: InPortfolio & { id: string; draft: shapes.TransactionDraft }, intent) =>
      order('post', '/transactions/{id}/correction', shapes.Correction, {
        path: { id },
        body: draft,
        intent,
      }),
    stale: ({ portfolioId }) => bookingStale(portfolioId),
  });
}

interface Batch extends InPortfolio {
  drafts: shapes.TransactionDraft[];
  accept_missing?: boolean;
}

export function useRecordBatch() {
  return useWrite({
    send: ({ portfolioId, drafts, accept_missing = false }: Batch, intent) =>
      order('post', '/portfolios/{id}/transactions:batch', shapes.BatchCreated, {
        path: { id: portfolioId },
        body: { transactions: drafts, accept_missing },
        intent,
      }),
    stale: ({ portfolioId }) => bookingStale(portfolioId),
  });
}
