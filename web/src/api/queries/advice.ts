import { queryOptions } from '@tanstack/react-query';
import { ask, order } from '@/api/client';
import * as shapes from '@/api/parse/advice';
import type { Day } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { portfolioKey } from './portfolios';
import { useWrite } from './write';

const GOALS = ['goals'] as const;
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
}

export function usePutRiskProfile(portfolioId: string) {
  return useWrite({
    send: (body: Answered, intent) =>
      order('put', '/portfolios/{id}/risk-profile', shapes.RiskProfile, {
        path: { id: portfolioId },
        body,
        intent,
      }),
    stale: () => [adviceKey(portfolioId)],
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

/** Ten thousand paths: asked for once, and again only where something was booked. */
export const goalOddsQuery = ({ id, portfolio_id }: Pick<shapes.Goal, 'id' | 'portfolio_id'>) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolio_id), 'goal-odds', id],
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

export function useMakeAdvice(portfolioId: string) {
  return useWrite({
    send: (goal_id: string, intent) => order('post', '/advice', shapes.Advice, { body: { goal_id }, intent }),
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
