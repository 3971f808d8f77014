import { useQuery } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { authStatusQuery, meQuery } from '@/api/queries/identity';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { setPreference } from '@/lib/preferences';
import { Button } from '@/ui/button';
import { EntryPage } from '@/ui/entry-page';
import { ErrorState, FormError } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useStepFocus } from '@/ui/use-step-focus';
import { Choices, useDemo } from './choices';
import { t } from './messages';
import { PortfolioForm } from './portfolio-form';

interface OnboardingProps {
  /** The form that creates the owner; it belongs to another feature. */
  account: (onDone: () => void) => ReactNode;
}

const STEPS = 3;

/** Owner, first portfolio, first data. Somebody signed in starts at the portfolio. */
export function Onboarding({ account }: OnboardingProps) {
  const status = useQuery(authStatusQuery);
  const me = useQuery({ ...meQuery, enabled: status.data?.has_users === true });
  const isKnown = status.data && !(status.data.has_users && me.isPending);
  useStepFocus(isKnown ? (me.data ? 'portfolio' : 'account') : undefined);
  if (status.error) return <Failed error={status.error} onRetry={() => void status.refetch()} />;
  if (!isKnown) return <Waiting />;
  if (me.data) return <Portfolio />;
  if (status.data.has_users) return <Navigate to="/login" search={{ to: '/onboarding' }} />;
  return (
    <EntryPage wide title={t('welcome')} note={t('welcomeNote')} footer={<Step at={1} />}>
      {account(() => void status.refetch().then(() => me.refetch()))}
    </EntryPage>
  );
}

function Portfolio() {
  const { data } = useQuery(portfoliosQuery);
  const [createdId, setCreatedId] = useState<string>();
  const isFirst = !data || data.items.length === 0;
  useStepFocus(createdId === undefined ? 'portfolio' : 'start');
  if (createdId !== undefined) {
    return (
      <EntryPage
        wide
        title={t('startTitle')}
        note={t('startNote')}
        footer={
          <Link to="/" className="text-accent underline underline-offset-2">
            {t('back')}
          </Link>
        }
      >
        <Choices portfolioId={createdId} />
      </EntryPage>
    );
  }
  return (
    <EntryPage
      wide
      title={t(isFirst ? 'portfolioTitle' : 'anotherTitle')}
      note={t('portfolioNote')}
      footer={isFirst ? <Step at={2} /> : <Link to="/">{t('back')}</Link>}
    >
      <PortfolioForm
        onCreated={({ id }) => {
          setPreference('portfolio', id);
          setCreatedId(id);
        }}
      />
      {isFirst && <LookAround />}
    </EntryPage>
  );
}

function LookAround() {
  const demo = useDemo();
  return (
    <div className="mt-5 flex flex-col gap-2 border-line border-t pt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-muted">{t('lookAround')}</p>
        <Button icon="spark" busy={demo.isPending} onClick={demo.load}>
          {t(demo.isPending ? 'demoLoading' : 'loadDemo')}
        </Button>
      </div>
      <FormError error={demo.error} />
    </div>
  );
}

function Step({ at }: { at: number }) {
  return <p>{t('step', { at, total: STEPS })}</p>;
}

function Waiting() {
  return (
    <EntryPage wide title={t('welcome')}>
      <Skeleton height={280} />
    </EntryPage>
  );
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <EntryPage wide title={t('welcome')}>
      <ErrorState error={error} onRetry={onRetry} />
    </EntryPage>
  );
}
