import { queryOptions } from '@tanstack/react-query';
import { ask, order } from '@/api/client';
import { type Intent, newIntent } from '@/api/intent';
import { ModelCard, Models, Moods, Prediction, Predictions, Risk, Scoreboard } from '@/api/parse/predictions';
import { isApiError, isRejection } from '@/api/problem';
import { useWrite } from './write';

const PREDICTIONS = ['predictions'] as const;
const RECENT_MS = 20 * 3_600_000;

/** Whether a forecast is of the last day, so that none is made anew. */
export function isRecent({ created_at }: { created_at: string }): boolean {
  return Date.now() - Date.parse(created_at) <= RECENT_MS;
}

const LIST_MAX = 100;

/** What is forecast. */
export interface Subject {
  kind: 'asset' | 'portfolio';
  id: string;
}

const named = ({ kind, id }: Subject) => (kind === 'asset' ? { asset_id: id } : { portfolio_id: id });

const make = (subject: Subject, horizon_days: number, intent: Intent) =>
  order('post', '/predictions', Prediction, { body: { subject: named(subject), horizon_days }, intent });

const underWay = new Map<string, Intent>();

/** Makes a forecast that somebody is looking for. Asked for again after a lost answer, it is the same wish; see useWrite. */
export async function makeOnce<T>(name: string, make: (intent: Intent) => Promise<T>): Promise<T> {
  const intent = underWay.get(name) ?? newIntent();
  underWay.set(name, intent);
  try {
    const made = await make(intent);
    underWay.delete(name);
    return made;
  } catch (error) {
    if (isRejection(error)) underWay.delete(name);
    throw error;
  }
}

/**
 * The forecast over a horizon at all its levels: the one made within the last day, else one that is made now. Where
 * nothing has changed, the server gives back the one there is.
 */
export const forecastQuery = (subject: Subject, days: number) =>
  queryOptions({
    queryKey: [...PREDICTIONS, subject.kind, subject.id, 'over', days],
    queryFn: async ({ signal }) => {
      const query = { ...named(subject), horizon_days: days, limit: 1 };
      const known = (await ask('/predictions', Predictions, { query, signal })).items[0];
      if (!known || !isRecent(known))
        return makeOnce(`${subject.kind} ${subject.id} ${days}`, (intent) => make(subject, days, intent));
      return ask('/predictions/{id}', Prediction, { path: { id: known.id }, signal });
    },
    staleTime: 600_000,
  });

/** Forecasts of a subject over any horizon, the newest first, at the levels that are scored. */
export const forecastsQuery = (subject: Subject) =>
  queryOptions({
    queryKey: [...PREDICTIONS, subject.kind, subject.id, 'all'],
    queryFn: ({ signal }) =>
      ask('/predictions', Predictions, { query: { ...named(subject), limit: LIST_MAX }, signal }),
  });

export function useForecastAgain(subject: Subject) {
  return useWrite({
    send: (days: number, intent) => make(subject, days, intent),
    stale: () => [[...PREDICTIONS, subject.kind, subject.id]],
  });
}

export const scoreboardQuery = queryOptions({
  queryKey: [...PREDICTIONS, 'scoreboard'],
  queryFn: ({ signal }) => ask('/predictions/scoreboard', Scoreboard, { signal }),
  staleTime: 300_000,
});

/** The scoreboard of everyone's assets, for anyone; null where the owner keeps it closed. */
export const publicScoreboardQuery = queryOptions({
  queryKey: [...PREDICTIONS, 'public-scoreboard'],
  queryFn: async ({ signal }) => {
    try {
      return await ask('/scoreboard', Scoreboard, { signal });
    } catch (error) {
      if (isApiError(error) && error.status === 404) return null;
      throw error;
    }
  },
});

export const riskQuery = (subject: Subject, days: number) =>
  queryOptions({
    queryKey: [...PREDICTIONS, subject.kind, subject.id, 'risk', days],
    queryFn: ({ signal }) => {
      const options = { query: { horizon_days: days }, path: { id: subject.id }, signal };
      return subject.kind === 'asset'
        ? ask('/predictions/risk/assets/{id}', Risk, options)
        : ask('/predictions/risk/portfolios/{id}', Risk, options);
    },
    staleTime: 600_000,
  });

/** How the headlines about an asset read over the last 90 days. */
export const moodsQuery = (assetId: string) =>
  queryOptions({
    queryKey: ['news', 'moods', assetId],
    queryFn: ({ signal }) => ask('/sentiment', Moods, { query: { asset: assetId }, signal }),
  });

export const modelsQuery = queryOptions({
  queryKey: [...PREDICTIONS, 'models'],
  queryFn: ({ signal }) => ask('/models', Models, { signal }),
});

/** What a model says of itself; its files are hashed, so it never changes. */
export const modelCardQuery = (id: string) =>
  queryOptions({
    queryKey: [...PREDICTIONS, 'models', id],
    queryFn: ({ signal }) => ask('/models/{model_id}/card', ModelCard, { path: { model_id: id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
