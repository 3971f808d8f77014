import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { moodsQuery, type Subject } from '@/api/queries/predictions';
import { LineChart } from '@/charts/line';
import { formatLocale } from '@/lib/locale';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';

const CHART_PX = 200;
const SCORES = [-1, 1];
const BODY_PX = CHART_PX + 110;

interface MoodTabProps {
  subject: Subject;
  name: string;
  /** The headlines themselves, which are another feature's: the app puts them here. */
  headlines: (assetId: string) => ReactNode;
}

/** How the headlines about an asset read over time, and the headlines. */
export function MoodTab({ subject, name, headlines }: MoodTabProps) {
  if (subject.kind === 'portfolio')
    return (
      <Card>
        <Empty
          icon="file"
          title={t('moodPortfolio')}
          action={
            <Link to="/news" className={buttonClass('primary')}>
              {t('toNews')}
            </Link>
          }
        />
      </Card>
    );
  return (
    <div className="flex flex-col gap-4">
      <Timeline assetId={subject.id} name={name} />
      {headlines(subject.id)}
    </div>
  );
}

function Timeline({ assetId, name }: { assetId: string; name: string }) {
  const { data, error, refetch } = useQuery(moodsQuery(assetId));
  const isEmpty = data?.days.every(({ score }) => score === null) ?? false;
  const score = new Intl.NumberFormat(formatLocale(), {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: 'exceptZero',
  });
  return (
    <Card title={t('moodTitle', { name })}>
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} minHeight={BODY_PX} />}
      {!data && !error && <Skeleton height={BODY_PX} />}
      {data && isEmpty && <p className="text-muted text-sm">{t('moodNone')}</p>}
      {data && !isEmpty && (
        <>
          <LineChart
            label={t('moodTitle', { name })}
            days={data.days.map(({ day }) => day)}
            series={[
              {
                id: 'score',
                label: t('moodScore'),
                style: 'solid',
                values: data.days.map((one) => one.score),
              },
            ]}
            format={(value) => score.format(value)}
            height={CHART_PX}
            between={SCORES}
          />
          <p className="mt-2 text-sm">
            {t('moodCount', { count: data.headlines })}
            {data.unread > 0 && (
              <span className="text-muted"> · {t('moodUnread', { count: data.unread })}</span>
            )}
          </p>
          <p className="mt-1 text-muted text-xs">
            {t('moodNote', { reach: data.reach_days, half: data.half_life_days })}
          </p>
        </>
      )}
    </Card>
  );
}
