import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Goal, Questionnaire, RiskProfile } from '@/api/parse/advice';
import {
  goalsQuery,
  lastAdviceQuery,
  questionsQuery,
  riskProfileQuery,
  useMakeAdvice,
} from '@/api/queries/advice';
import { portfolioQuery } from '@/api/queries/portfolios';
import { SimulatedBadge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState, FormError } from '@/ui/error-state';
import { parseText, useSearchState } from '@/ui/search-state';
import { Skeleton } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './advice-messages';
import { GoalStep } from './goal-step';
import { type Draft, draftOf, Questions } from './questions-form';
import { Recommendation } from './recommendation';
import { WhatIfStep } from './what-if';
import { askedOf, NO_WISH, type Wish } from './wish';
import { WishForm } from './wish-form';

const STEPS = ['questions', 'goal', 'advice', 'whatif'] as const;
type Step = (typeof STEPS)[number];
const WORDS = {
  questions: 'stepQuestions',
  goal: 'stepGoal',
  advice: 'stepAdvice',
  whatif: 'stepWhatIf',
} as const;

const SEARCH = {
  step: (value: unknown): Step | undefined => STEPS.find((one) => one === value),
  goal: parseText,
};

/** From ten answers and a goal to an allocation with its odds, and what a change would do. */
export default function AdvicePage() {
  const { id = '' } = useParams({ strict: false });
  const portfolio = useQuery(portfolioQuery(id)).data?.value;
  const questions = useQuery(questionsQuery);
  const profile = useQuery(riskProfileQuery(id));
  const goals = useQuery(goalsQuery);
  const failed = [questions, profile, goals].find(({ error, data }) => error && !data);
  const own = goals.data?.items.filter(({ portfolio_id }) => portfolio_id === id);
  return (
    <>
      <PageHeader
        title={t('title')}
        note={
          <span className="flex min-h-6 flex-wrap items-center gap-x-2">
            {portfolio?.name}
            {portfolio?.is_demo && <SimulatedBadge />}
          </span>
        }
      >
        <Link to="/predictions" search={{ portfolio: id } as never} className={buttonClass('secondary')}>
          {t('toForecasts')}
        </Link>
      </PageHeader>
      {failed?.error ? (
        <Card>
          <ErrorState error={failed.error} onRetry={() => void failed.refetch()} minHeight={480} />
        </Card>
      ) : portfolio && questions.data && profile.data && own ? (
        <Steps
          key={id}
          portfolioId={id}
          currency={portfolio.base_currency}
          questionnaire={questions.data}
          kept={profile.data}
          goals={own}
        />
      ) : (
        <Skeleton height={640} />
      )}
    </>
  );
}

interface StepsProps {
  portfolioId: string;
  currency: string;
  questionnaire: Questionnaire;
  kept: RiskProfile;
  goals: readonly Goal[];
}

function Steps({ portfolioId, currency, questionnaire, kept, goals }: StepsProps) {
  const [search, setSearch] = useSearchState(SEARCH);
  const [draft, setDraft] = useState<Draft>(() => draftOf(questionnaire, kept));
  const [wish, setWish] = useState<Wish>(NO_WISH);
  const step = search.step ?? (kept.is_answered ? (goals.length ? 'advice' : 'goal') : 'questions');
  const goal = goals.find(({ id }) => id === search.goal) ?? goals.at(-1);
  const go = (next: Step) => setSearch({ step: next });
  return (
    <Tabs
      label={t('steps')}
      tabs={STEPS.map((one) => ({ id: one, label: t(WORDS[one]) }))}
      current={step}
      onChange={(next) => go(next as Step)}
    >
      {step === 'questions' && (
        <Questions
          portfolioId={portfolioId}
          currency={currency}
          questionnaire={questionnaire}
          kept={kept}
          draft={draft}
          onDraft={setDraft}
          onDone={() => go('goal')}
        />
      )}
      {step === 'goal' && (
        <GoalStep
          portfolioId={portfolioId}
          currency={currency}
          goals={goals}
          chosen={goal}
          onChoose={(id) => setSearch({ goal: id })}
          onDone={() => go('advice')}
        />
      )}
      {step === 'advice' && (
        <AdviceStep
          portfolioId={portfolioId}
          questionnaire={questionnaire}
          kept={kept}
          goal={goal}
          wish={wish}
          onWish={setWish}
          onStep={go}
        />
      )}
      {step === 'whatif' && <WhatIfStep portfolioId={portfolioId} currency={currency} goalId={goal?.id} />}
    </Tabs>
  );
}

interface AdviceStepProps {
  portfolioId: string;
  questionnaire: Questionnaire;
  kept: RiskProfile;
  goal: Goal | undefined;
  wish: Wish;
  onWish: (wish: Wish) => void;
  onStep: (step: Step) => void;
}

function AdviceStep(props: AdviceStepProps) {
  const { portfolioId, questionnaire, kept, goal, wish, onWish, onStep } = props;
  const isAnswered = kept.is_answered;
  const last = useQuery(lastAdviceQuery(portfolioId));
  const make = useMakeAdvice(portfolioId);
  const block = useWriteBlock();
  if (!isAnswered || !goal)
    return (
      <Card>
        <Empty
          icon="list"
          title={t(isAnswered ? 'needGoal' : 'needAnswers')}
          action={
            <Button kind="primary" onClick={() => onStep(isAnswered ? 'goal' : 'questions')}>
              {t(isAnswered ? 'stepGoal' : 'stepQuestions')}
            </Button>
          }
        />
      </Card>
    );
  const shown = make.data ?? last.data;
  return (
    <div className="flex flex-col gap-4">
      <Card>
        <div className="flex flex-wrap items-center gap-3">
          <Button
            kind="primary"
            busy={make.isPending}
            disabled={block !== undefined}
            title={block}
            onClick={() => make.mutate(askedOf(goal.id, wish))}
          >
            {t('make')}
          </Button>
          <p role="status" className="text-muted text-sm">
            {make.isPending ? t('making') : `${t('chosen')}: ${goal.name}`}
          </p>
        </div>
        <WishForm
          portfolioId={portfolioId}
          limits={kept.limits}
          wish={wish}
          onWish={onWish}
          error={make.error}
        />
        {make.error && (
          <div className="mt-3">
            <FormError error={make.error} />
          </div>
        )}
      </Card>
      {shown && <Recommendation advice={shown} questionnaire={questionnaire} />}
      {!shown && last.isPending && <Skeleton height={480} />}
    </div>
  );
}
