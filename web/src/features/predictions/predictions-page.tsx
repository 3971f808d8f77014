import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePortfolio } from '@/api/contexts';
import type { Goal } from '@/api/parse/advice';
import { goalsQuery } from '@/api/queries/advice';
import { portfoliosQuery } from '@/api/queries/portfolios';
import type { Subject } from '@/api/queries/predictions';
import { formatDay } from '@/lib/dates';
import { SimulatedBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { useSearchState } from '@/ui/search-state';
import { Skeleton } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { ForecastTab } from './forecast';
import { GoalView } from './goal';
import { t } from './messages';
import { MoodTab } from './mood';
import { RiskTab } from './risk';
import { SEARCH, TABS, type TabName } from './search';
import { type Choice, HorizonPicker, SubjectPicker, useNamed } from './subject';
import { TrackTab } from './track';

const TAB_WORDS = { forecast: 'tabForecast', track: 'tabTrack', risk: 'tabRisk', news: 'tabNews' } as const;

interface PredictionsPageProps {
  /** What another feature knows of the asset: the app puts it here. */
  headlines: (assetId: string) => ReactNode;
}

/** Forecasts of an asset, a portfolio or a goal as distributions, beside what such forecasts were worth. */
export default function PredictionsPage({ headlines }: PredictionsPageProps) {
  const [search, setSearch] = useSearchState(SEARCH);
  const { portfolioId } = usePortfolio();
  const portfolios = useQuery(portfoliosQuery);
  const known = useQuery(goalsQuery);
  const goals = known.data?.items ?? [];
  const goal = goals.find(({ id }) => id === search.goal);
  // Of a goal in the address nothing else is forecast, not even until it is known or where it is gone.
  const subject = search.goal === undefined ? subjectOf(search, portfolioId) : undefined;
  const named = useNamed(goal ? { kind: 'portfolio', id: goal.portfolio_id } : subject);
  const choose = ({ kind, id }: Choice) =>
    setSearch({
      goal: kind === 'goal' ? id : undefined,
      asset: kind === 'asset' ? id : undefined,
      portfolio: kind === 'portfolio' ? id : undefined,
      // A price is of one asset alone.
      price: undefined,
      change: undefined,
    });
  const chooseDays = (days: number) =>
    setSearch({ days: days === SEARCH.days(undefined) ? undefined : days });
  return (
    <>
      <PageHeader
        title={t('title')}
        note={
          <span className="flex min-h-6 flex-wrap items-center gap-x-2">
            {t('note')}
            {named?.isSimulated && <SimulatedBadge />}
          </span>
        }
      >
        {portfolioId !== undefined && (
          <Link
            to="/portfolios/$id/advice"
            params={{ id: goal?.portfolio_id ?? search.portfolio ?? portfolioId }}
            className={buttonClass('secondary')}
          >
            {t('toAdvice')}
          </Link>
        )}
        <Link to="/predictions/scoreboard" className={buttonClass('secondary')}>
          {t('scoreboard')}
        </Link>
      </PageHeader>
      <Card className="mb-4">
        <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
          <SubjectPicker
            subject={goal ? { kind: 'goal', id: goal.id } : subject}
            named={named}
            goals={goals}
            onChoose={choose}
          />
          {goal ? <DayOfGoal goal={goal} /> : <HorizonPicker days={search.days} onChoose={chooseDays} />}
        </div>
      </Card>
      {goal ? (
        <GoalView key={goal.id} goal={goal} name={named?.name ?? '…'} asked={search} onAsk={setSearch} />
      ) : search.goal !== undefined && known.data === undefined ? (
        <Unanswered error={known.error} onRetry={() => void known.refetch()} />
      ) : search.goal !== undefined ? (
        <Card>
          <Empty icon="search" title={t('goalGone')}>
            {t('goalGoneBody')}
          </Empty>
        </Card>
      ) : subject ? (
        <Tabs
          label={t('tabs')}
          tabs={TABS.map((tab) => ({ id: tab, label: t(TAB_WORDS[tab]) }))}
          current={search.tab}
          onChange={(tab) => setSearch({ tab: tab === 'forecast' ? undefined : (tab as TabName) })}
        >
          {search.tab === 'forecast' && (
            <ForecastTab
              // Of another subject or horizon nothing is kept: neither what was typed nor the place of the slider.
              key={`${subject.kind} ${subject.id} ${search.days}`}
              subject={subject}
              named={named}
              days={search.days}
              asked={search}
              onAsk={setSearch}
            />
          )}
          {search.tab === 'track' && <TrackTab subject={subject} />}
          {search.tab === 'risk' && (
            <RiskTab
              subject={subject}
              days={search.risk}
              onDays={(risk) => setSearch({ risk: risk === 1 ? undefined : risk })}
            />
          )}
          {search.tab === 'news' && (
            <MoodTab subject={subject} name={named?.name ?? '…'} headlines={headlines} />
          )}
        </Tabs>
      ) : portfolios.data === undefined ? (
        // Whether there is a portfolio is not known: that there is nothing to forecast must not be said.
        <Unanswered error={portfolios.error} onRetry={() => void portfolios.refetch()} />
      ) : (
        <Card>
          <Empty
            icon="chart"
            title={t('nothing')}
            action={
              <Link to="/search" className={buttonClass('primary')}>
                {t('toSearch')}
              </Link>
            }
          >
            {t('nothingBody')}
          </Empty>
        </Card>
      )}
    </>
  );
}

/** A goal is forecast until its own day. */
function DayOfGoal({ goal }: { goal: Goal }) {
  return (
    <div className="flex flex-col gap-1">
      <span className="font-medium text-sm">{t('goalDay')}</span>
      <span className="inline-flex min-h-9 items-center">{formatDay(goal.target_on)}</span>
    </div>
  );
}

interface UnansweredProps {
  error: Error | null;
  onRetry: () => void;
}

/** What decides what is forecast is not known yet, or cannot be asked for. */
function Unanswered({ error, onRetry }: UnansweredProps) {
  if (!error) return <Skeleton height={320} />;
  return (
    <Card>
      <ErrorState error={error} onRetry={onRetry} minHeight={320} />
    </Card>
  );
}

interface Chosen {
  asset: string | undefined;
  portfolio: string | undefined;
}

/** What the URL names, else the portfolio that was chosen last. */
function subjectOf({ asset, portfolio }: Chosen, selected: string | undefined): Subject | undefined {
  if (asset) return { kind: 'asset', id: asset };
  const id = portfolio ?? selected;
  return id === undefined ? undefined : { kind: 'portfolio', id };
}
