import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import * as shapes from '@/api/parse/advice';
import type { Day } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { portfolioKey } from './portfolios';
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

/** Ten thousand paths: asked for once, and again only where something was booked. */
export const goalOddsQuery = ({ id, portfolio_id }: Pick<shapes.Goal, 'id' | 'portfolio_id'>) =>
  queryOptions({
    queryKey: [...oddsKey(portfolio_id), id],
    queryFn: ({ signal }) => ask('/goals/{id}/odds', shapes.GoalOdds, { path: { id }, signal }),
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
