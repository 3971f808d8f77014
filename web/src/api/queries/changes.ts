import { queryOptions } from '@tanstack/react-query';
import { ask, order } from '@/api/client';
import * as shapes from '@/api/parse/changes';
import { TransactionDetail, type TransactionDraft } from '@/api/parse/transactions';
import type { Dec } from '@/lib/decimal';
import { bookingStale, PORTFOLIOS, portfolioKey } from './portfolios';
import { useWrite } from './write';

interface InPortfolio {
  portfolioId: string;
}

export const tagsQuery = (id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'tags'],
    queryFn: ({ signal }) => ask('/portfolios/{id}/tags', shapes.Tags, { path: { id }, signal }),
  });

export const suggestionsQuery = (id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'transfer-suggestions'],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/transfer-suggestions', shapes.Suggestions, { path: { id }, signal }),
  });

export const missingQuery = (id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'missing-acquisitions'],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/missing-acquisitions', shapes.MissingAcquisitions, { path: { id }, signal }),
  });

/** What a change would do; nothing is written, so it may be asked as often as the form changes. */
export const effectQuery = (
  portfolioId: string,
  ids: readonly string[],
  drafts: readonly TransactionDraft[],
) =>
  queryOptions({
    // Not under the portfolio: once the change is made it must not be asked what it would do, and is refused.
    queryKey: ['effect', portfolioId, ids, drafts],
    queryFn: ({ signal }) =>
      order('post', '/portfolios/{id}/transactions:preview', shapes.Effect, {
        path: { id: portfolioId },
        body: { ids, transactions: drafts },
        signal,
      }),
    retry: false,
    gcTime: 0,
  });

export interface BulkChange extends InPortfolio {
  ids: readonly string[];
  action: 'reverse' | 'restore' | 'tag' | 'untag' | 'note' | 'account';
  tags?: string[];
  note?: string;
  account?: string;
  with_partners?: boolean;
  accept_missing?: boolean;
}

export function useBulkChange() {
  return useWrite({
    send: ({ portfolioId, ...body }: BulkChange, intent) =>
      order('post', '/portfolios/{id}/transactions:bulk', shapes.BulkChanged, {
        path: { id: portfolioId },
        body,
        intent,
      }),
    // The other sides of transfers may lie in any portfolio.
    stale: ({ portfolioId, action }) =>
      action === 'reverse' || action === 'restore' ? [PORTFOLIOS, ['demo']] : bookingStale(portfolioId),
  });
}

interface Replacement extends InPortfolio {
  ids: readonly string[];
  transactions: TransactionDraft[];
  accept_missing?: boolean;
}

/** Reverses some and records others in their place, all or none. */
export function useReplaceTransactions() {
  return useWrite({
    send: ({ portfolioId, ...body }: Replacement, intent) =>
      order('post', '/portfolios/{id}/transactions:replace', shapes.Replaced, {
        path: { id: portfolioId },
        body,
        intent,
      }),
    stale: ({ portfolioId }) => bookingStale(portfolioId),
  });
}

interface Labels extends InPortfolio {
  id: string;
  note?: string;
  tags?: string[];
}

/** Note and tags are no facts of the ledger: they change in place. */
export function useLabelTransaction() {
  return useWrite({
    send: ({ id, portfolioId: _, ...body }: Labels, intent) =>
      order('patch', '/transactions/{id}', TransactionDetail, { path: { id }, body, intent }),
    stale: ({ portfolioId }) => [portfolioKey(portfolioId)],
  });
}

export interface NewTransfer extends InPortfolio {
  day: string;
  from_account: string;
  to_account: string;
  to_portfolio_id?: string;
  asset_id?: string;
  quantity?: Dec;
  gross?: Dec;
  currency?: string;
  fee?: Dec;
  fee_currency?: string;
  lot_ids?: string[];
  lot_quantities?: Dec[];
  note?: string;
  tags?: string[];
  accept_missing?: boolean;
}

export function useRecordTransfer() {
  return useWrite({
    send: ({ portfolioId, ...body }: NewTransfer, intent) =>
      order('post', '/portfolios/{id}/transfers', shapes.Transferred, {
        path: { id: portfolioId },
        body,
        intent,
      }),
    stale: ({ portfolioId, to_portfolio_id }) => [
      ...bookingStale(portfolioId),
      ...(to_portfolio_id ? bookingStale(to_portfolio_id) : []),
    ],
  });
}

export function usePairTransfers() {
  return useWrite({
    send: ({ portfolioId, ...body }: InPortfolio & { out_id: string; in_id: string }, intent) =>
      order('post', '/portfolios/{id}/transfers:pair', shapes.Transferred, {
        path: { id: portfolioId },
        body,
        intent,
      }),
    stale: ({ portfolioId }) => bookingStale(portfolioId),
  });
}
