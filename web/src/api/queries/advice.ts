import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import * as shapes from '@/api/parse/advice';
import { isApiError } from '@/api/problem';
import type { Day } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { portfolioKey } from './portfolios';
import { isRecent, makeOnce } from './predictions';
import { useWrite } from './write';

const GOALS = ['goals'] as const;
const oddsKey = (portfolioId: string) => [...portfolioKey(portfolioId), 'goal-odds'] as const;
const adviceKey = (portfolioId: string) => ['advice', portfolioId] as const;

export const questionsQuery = queryOptions({
  queryKey: ['advice', 'questions'],
  queryFn: ({ signal }) => ask('/advice/questions', shapes.Questionnaire, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const riskProfileQuery = (portfolioId: string) =>
  queryOptions({
    queryKey: [...adviceKey(portfolioId), 'profile'],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/risk-profile', shapes.RiskProfile, { path: { id: portfolioId }, signal }),
  });

export interface Answered {
  answers: Record<string, number>;
  monthly_spending: Dec;
  cash_elsewhere: Dec;
  premia: { cash_rate?: number; by_class: Record<string, number>; by_asset: Record<string, number> };
}

export function usePutRiskProfile(portfolioId: string) {
  return useWrite({
    send: (body: Answered, intent) =>
      order('put', '/portfolios/{id}/risk-profile', shapes.RiskProfile, {
        path: { id: portfolioId },
        body,
        intent,
      }),
    // Premia of one's own move the odds of every goal.
    stale: () => [adviceKey(portfolioId), oddsKey(portfolioId)],
  });
}

export const goalsQuery = queryOptions({
  queryKey: GOALS,
  queryFn: ({ signal }) => ask('/goals', shapes.Goals, { signal }),
});

export interface NewGoal {
  portfolio_id: string;
  name: string;
  target_amount: Dec;
  target_on: Day;
  monthly_contribution: Dec;
  fee_rate: number;
  inflation_rate: number;
}

export function useCreateGoal() {
  return useWrite({
    send: (body: NewGoal, intent) => order('post', '/goals', shapes.Goal, { body, intent }),
    stale: () => [GOALS],
  });
}

/** Puts other terms in the place of a goal's. */
export function useChangeGoal() {
  return useWrite({
    send: ({ id, ...body }: NewGoal & { id: string }, intent) =>
      order('put', '/goals/{id}', shapes.Goal, { path: { id }, body, intent }),
    stale: ({ id, portfolio_id }) => [GOALS, [...oddsKey(portfolio_id), id]],
  });
}

export function useDeleteGoal() {
  return useWrite({
    send: ({ id }: shapes.Goal, intent) => order('delete', '/goals/{id}', Nothing, { path: { id }, intent }),
    stale: () => [GOALS],
  });
}

export interface GoalForecast {
  odds: shapes.GoalOdds;
  /** As it was kept; undefined for who may look and not write. */
  kept: shapes.GoalPrediction | undefined;
}

const TERMS = ['target_amount', 'target_on', 'monthly_contribution', 'fee_rate', 'inflation_rate'] as const;

/**
 * The forecast of a goal: the one kept within the last day, else one that is made now and kept. What is booked or
 * stated otherwise here makes it old at once; ten thousand paths are not drawn for less.
 */
export const goalForecastQuery = (goal: shapes.Goal) =>
  queryOptions({
    queryKey: [...oddsKey(goal.portfolio_id), goal.id],
    queryFn: async ({ client, queryKey, signal }): Promise<GoalForecast> => {
      const found = await ask('/predictions/goals/{goal_id}', shapes.GoalPredictions, {
        path: { goal_id: goal.id },
        query: { limit: 1 },
        signal,
      });
      const last = found.items[0];
      const isOfIt = TERMS.every((name) => last?.odds.goal[name] === goal[name]);
      const isOld = client.getQueryState(queryKey)?.isInvalidated ?? false;
      if (last && isOfIt && isRecent(last) && !isOld) return { odds: last.odds, kept: last };
      try {
        const kept = await makeOnce(`goal ${goal.id} ${JSON.stringify(goal)}`, (intent) =>
          order('post', '/predictions', shapes.GoalPrediction, {
            body: { subject: { goal_id: goal.id } },
            intent,
          }),
        );
        return { odds: kept.odds, kept };
      } catch (error) {
        if (!isApiError(error) || error.status !== 403) throw error;
        const odds = await ask('/goals/{id}/odds', shapes.GoalOdds, { path: { id: goal.id }, signal });
        return { odds, kept: undefined };
      }
    },
    staleTime: 600_000,
  });

/** The advice given last for a portfolio, as it was given; null where there is none. */
export const lastAdviceQuery = (portfolioId: string) =>
  queryOptions({
    queryKey: [...adviceKey(portfolioId), 'last'],
    queryFn: async ({ signal }) => {
      const query = { portfolio_id: portfolioId, limit: 1 };
      const last = (await ask('/advice', shapes.AdviceList, { query, signal })).items[0];
      return last ? ask('/advice/{id}', shapes.Advice, { path: { id: last.id }, signal }) : null;
    },
  });

/** What may be bought beside what is held, and limits in the place of the profile's; all fractions. */
export interface AdviceAsked {
  goal_id: string;
  asset_ids: string[];
  bounds: { asset_id: string; least: number; most: number; may_buy: boolean; may_sell: boolean }[];
  classes: { asset_class: string; least: number; most: number }[];
  limits: Partial<Record<LimitName, number>>;
  minimum_return?: number;
  maximum_turnover?: number;
  tracking_error?: { maximum: number; asset_id: string | null };
}
export type LimitName = 'drawdown' | 'crypto' | 'one_asset' | 'cash_months';

export function useMakeAdvice(portfolioId: string) {
  return useWrite({
    send: (body: AdviceAsked, intent) => order('post', '/advice', shapes.Advice, { body, intent }),
    stale: () => [[...adviceKey(portfolioId), 'last']],
  });
}

export interface WhatIfAsked {
  goal_id: string;
  asset_id: string;
  amount: Dec;
  new_money: Dec;
}

export function useWhatIf() {
  return useWrite({
    send: ({ goal_id, asset_id, amount, new_money }: WhatIfAsked, intent) =>
      order('post', '/advice/what-if', shapes.WhatIf, {
        body: { goal_id, changes: [{ asset_id, amount }], new_money },
        intent,
      }),
    stale: () => [],
  });
}
