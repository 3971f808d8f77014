import { infiniteQueryOptions, queryOptions, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ask, Nothing, order } from '@/api/client';
import * as shapes from '@/api/parse/imports';
import { bookingStale, portfolioKey } from './portfolios';
import { useWrite } from './write';

const importKey = (id: string) => ['imports', id] as const;

export const importFormatsQuery = queryOptions({
  queryKey: ['import-formats'],
  queryFn: ({ signal }) => ask('/import-formats', shapes.ImportFormats, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const importsQuery = (portfolioId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), 'imports'],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/imports', shapes.Imports, { path: { id: portfolioId }, signal }),
  });

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: [...importKey(id), 'itself'],
    queryFn: ({ signal }) => ask('/imports/{id}', shapes.Import, { path: { id }, signal }),
  });

export const importRowsQuery = (id: string, status?: shapes.RowState, limit = 200) =>
  infiniteQueryOptions({
    queryKey: [...importKey(id), 'rows', status ?? ''],
    queryFn: ({ signal, pageParam }) =>
      ask('/imports/{id}/rows', shapes.ImportRows, {
        path: { id },
        query: { status, limit, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const revertPreviewQuery = (id: string) =>
  queryOptions({
    queryKey: [...importKey(id), 'revert-preview'],
    queryFn: ({ signal }) =>
      ask('/imports/{id}/revert-preview', shapes.RevertPreview, { path: { id }, signal }),
    staleTime: 0,
  });

const TEMPLATES = ['import-templates'] as const;

export const importTemplatesQuery = queryOptions({
  queryKey: TEMPLATES,
  queryFn: ({ signal }) => ask('/import-templates', shapes.ImportTemplates, { signal }),
});

/** Keeps the mapping of an import for files with the same headers. */
export function useSaveTemplate() {
  return useWrite({
    send: (body: { name: string; import_id: string }, intent) =>
      order('post', '/import-templates', shapes.ImportTemplate, { body, intent }),
    stale: () => [TEMPLATES],
  });
}

export function useDeleteTemplate() {
  return useWrite({
    send: (id: string, intent) =>
      order('delete', '/import-templates/{id}', Nothing, { path: { id }, intent }),
    stale: () => [TEMPLATES],
  });
}

export interface Upload {
  portfolioId: string;
  file: File;
  format?: string;
  account?: string;
  encoding?: string;
  decimal?: string;
  date_order?: string;
  currency?: string;
}

/** Reads the file into a preview; nothing is booked. */
export function useUploadImport() {
  return useWrite({
    send: ({ portfolioId, file, ...choices }: Upload, intent) => {
      const body = new FormData();
      body.append('file', file);
      for (const [name, value] of Object.entries(choices)) if (value) body.append(name, value);
      return order('post', '/portfolios/{id}/imports', shapes.Import, {
        path: { id: portfolioId },
        body,
        intent,
      });
    },
    stale: ({ portfolioId }) => [[...portfolioKey(portfolioId), 'imports']],
  });
}

export function useChangeImport() {
  return useWrite({
    send: ({ id, change }: { id: string; change: shapes.ImportChange }, intent) =>
      order('patch', '/imports/{id}', shapes.Import, { path: { id }, body: change, intent }),
    stale: ({ id }, { portfolio_id }) => [
      importKey(id),
      [...portfolioKey(portfolio_id), 'imports'],
      ['assets'],
    ],
  });
}

export interface Confirmation {
  id: string;
  content_hash: string;
  skip_errors?: boolean;
}

export function useConfirmImport() {
  return useWrite({
    send: ({ id, ...body }: Confirmation, intent) =>
      order('post', '/imports/{id}/confirm', shapes.ImportConfirmed, { path: { id }, body, intent }),
    stale: ({ id }, { portfolio_id }) => [importKey(id), ...bookingStale(portfolio_id)],
  });
}

/** What to read again once the job of a large import has ended. */
export function useImportEnded() {
  const client = useQueryClient();
  return useCallback(
    (id: string, portfolioId: string) =>
      Promise.all(
        [importKey(id), ...bookingStale(portfolioId)].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
    [client],
  );
}

export function useRevertImport() {
  return useWrite({
    send: (id: string, intent) =>
      order('post', '/imports/{id}/revert', shapes.Import, { path: { id }, intent }),
    stale: (id, { portfolio_id }) => [importKey(id), ...bookingStale(portfolio_id)],
  });
}

export function useDiscardImport() {
  return useWrite({
    send: ({ id }: { id: string; portfolioId: string }, intent) =>
      order('delete', '/imports/{id}', Nothing, { path: { id }, intent }),
    stale: ({ id, portfolioId }) => [importKey(id), [...portfolioKey(portfolioId), 'imports']],
  });
}
