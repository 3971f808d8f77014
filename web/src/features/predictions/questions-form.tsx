import { useState } from 'react';
import type { Questionnaire, RiskProfile } from '@/api/parse/advice';
import { usePutRiskProfile } from '@/api/queries/advice';
import { type Dec, ZERO } from '@/lib/decimal';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { FormError } from '@/ui/error-state';
import { FieldError } from '@/ui/field';
import { MoneyInput } from '@/ui/money-input';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './advice-messages';
import { Limits } from './limits';
import { PremiaFields, premiaOf, type Stated, statedOf } from './premia';

/** What has been answered so far; it outlives a look at another step. */
export interface Draft {
  answers: Record<string, number>;
  spending: Dec | undefined;
  elsewhere: Dec | undefined;
  stated: Stated;
}

export function draftOf(questionnaire: Questionnaire, kept: RiskProfile): Draft {
  return {
    answers: kept.answers ?? {},
    spending: kept.monthly_spending ?? undefined,
    elsewhere: kept.cash_elsewhere ?? undefined,
    stated: statedOf(questionnaire, kept.premia),
  };
}

interface QuestionsProps {
  portfolioId: string;
  currency: string;
  questionnaire: Questionnaire;
  kept: RiskProfile;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onDone: () => void;
}

/** Ten questions with five answers each, and what the limit on money needs to know. */
export function Questions(props: QuestionsProps) {
  const { portfolioId, currency, questionnaire, kept, draft, onDraft, onDone } = props;
  const put = usePutRiskProfile(portfolioId);
  const block = useWriteBlock();
  const { toast } = useUi();
  const [wasSent, setSent] = useState(false);
  const open = questionnaire.questions.filter(({ code }) => draft.answers[code] === undefined).length;
  const send = () => {
    setSent(true);
    if (open > 0 || draft.spending === undefined) return;
    const body = {
      answers: draft.answers,
      monthly_spending: draft.spending,
      cash_elsewhere: draft.elsewhere ?? ZERO,
      premia: premiaOf(questionnaire, draft.stated),
    };
    put.mutate(body, {
      onSuccess: () => {
        toast({ text: t('saved') });
        onDone();
      },
    });
  };
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(18rem,1fr)]">
      <Card title={t('questions')}>
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <p className="text-muted text-sm">{t('questionsNote')}</p>
          {questionnaire.questions.map((question, i) => (
            <Question
              key={question.code}
              number={i + 1}
              question={question}
              answer={draft.answers[question.code]}
              onAnswer={(answer) =>
                onDraft({ ...draft, answers: { ...draft.answers, [question.code]: answer } })
              }
            />
          ))}
          <div className="grid gap-3 sm:grid-cols-2">
            <MoneyInput
              label={t('spending')}
              hint={t('spendingHint')}
              unit={currency}
              value={draft.spending}
              onValue={(spending) => onDraft({ ...draft, spending })}
              error={wasSent && draft.spending === undefined ? t('spendingMissing') : undefined}
            />
            <MoneyInput
              label={t('elsewhere')}
              isOptional
              unit={currency}
              value={draft.elsewhere}
              onValue={(elsewhere) => onDraft({ ...draft, elsewhere })}
            />
          </div>
          <PremiaFields
            portfolioId={portfolioId}
            questionnaire={questionnaire}
            stated={draft.stated}
            onStated={(stated) => onDraft({ ...draft, stated })}
            error={put.error}
          />
          <FormError error={put.error} />
          <FieldError text={wasSent && open > 0 ? t('open', { count: open }) : undefined} />
          <Button
            type="submit"
            kind="primary"
            busy={put.isPending}
            disabled={block !== undefined}
            title={block}
            className="self-start"
          >
            {t('saveAnswers')}
          </Button>
        </form>
      </Card>
      {kept.profile && kept.limits && <ProfileCard profile={kept.profile} limits={kept.limits} />}
    </div>
  );
}

interface QuestionProps {
  number: number;
  question: Questionnaire['questions'][number];
  answer: number | undefined;
  onAnswer: (answer: number) => void;
}

function Question({ number, question, answer, onAnswer }: QuestionProps) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium text-sm">
        {number}. {question.text} {question.is_deciding && <Badge>{t('deciding')}</Badge>}
      </legend>
      <div className="flex flex-col gap-1">
        {question.answers.map((text, i) => (
          <label
            key={text}
            className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control border border-line px-3 py-1.5 text-sm hover:border-control has-checked:border-accent has-checked:bg-wash"
          >
            <input
              type="radio"
              name={question.code}
              checked={answer === i + 1}
              onChange={() => onAnswer(i + 1)}
              className="size-4 shrink-0 accent-accent"
            />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ProfileCardProps {
  profile: NonNullable<RiskProfile['profile']>;
  limits: NonNullable<RiskProfile['limits']>;
}

function ProfileCard({ profile, limits }: ProfileCardProps) {
  return (
    <Card title={t('profile', { level: profile.level })} className="xl:sticky xl:top-18">
      <p className="text-muted text-sm">
        {t('profileIs', { tolerance: profile.tolerance, capacity: profile.capacity })}
      </p>
      <Limits limits={limits} className="mt-3 flex flex-col gap-1.5" />
    </Card>
  );
}
