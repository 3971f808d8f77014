import { Link } from '@tanstack/react-router';
import { usePortfolio } from '@/api/contexts';
import type { Subject } from '@/api/queries/predictions';
import { SimulatedBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { useSearchState } from '@/ui/search-state';
import { Tabs } from '@/ui/tabs';
import { ForecastTab } from './forecast';
import { t } from './messages';
import { SEARCH, type TabName } from './search';
import { HorizonPicker, SubjectPicker, useNamed } from './subject';

const TAB_WORDS = { forecast: 'tabForecast' } as const;

/** Forecasts of an asset or a portfolio as distributions, beside what such forecasts were worth. */
export default function PredictionsPage() {
  const [search, setSearch] = useSearchState(SEARCH);
  const { portfolioId } = usePortfolio();
  const subject = subjectOf(search, portfolioId);
  const named = useNamed(subject);
  const choose = ({ kind, id }: Subject) =>
    setSearch({
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
      />
      <Card className="mb-4">
        <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
          <SubjectPicker subject={subject} named={named} onChoose={choose} />
          <HorizonPicker days={search.days} onChoose={chooseDays} />
        </div>
      </Card>
      {subject ? (
        <Tabs
          label={t('tabs')}
          tabs={(['forecast'] as const).map((tab) => ({ id: tab, label: t(TAB_WORDS[tab]) }))}
          current={search.tab}
          onChange={(tab) => setSearch({ tab: tab === 'forecast' ? undefined : (tab as TabName) })}
        >
          <ForecastTab
            // Of another subject or horizon nothing is kept: neither what was typed nor the place of the slider.
            key={`${subject.kind} ${subject.id} ${search.days}`}
            subject={subject}
            named={named}
            days={search.days}
            asked={search}
            onAsk={setSearch}
          />
        </Tabs>
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
