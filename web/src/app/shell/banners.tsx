import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { demoQuery } from '@/api/queries/system';
import { t } from '@/app/messages';
import { formatAgo } from '@/lib/dates';
import { usePreference } from '@/lib/preferences';
import { Banner } from '@/ui/banner';
import { Button } from '@/ui/button';
import { useUi } from '@/ui/ui-context';

const RemoveDemo = lazy(() => import('./remove-demo'));

export function Banners() {
  return (
    <>
      <OfflineBanner />
      <ScrambleBanner />
      <DemoBanner />
    </>
  );
}

function OfflineBanner() {
  const { isOnline } = useUi();
  const cache = useQueryClient();
  if (isOnline) return null;
  const loaded = Math.max(
    0,
    ...cache
      .getQueryCache()
      .getAll()
      .map(({ state }) => state.dataUpdatedAt),
  );
  return (
    <Banner tone="warning" icon="offline">
      {loaded ? t('offline', { ago: formatAgo(new Date(loaded).toISOString()) }) : t('offlineNothing')}
    </Banner>
  );
}

function ScrambleBanner() {
  const [privacy, setPrivacy] = usePreference('privacy');
  if (privacy !== 'scramble') return null;
  return (
    <Banner icon="eyeOff" action={<Button onClick={() => setPrivacy('show')}>{t('scrambledShow')}</Button>}>
      {t('scrambled')}
    </Banner>
  );
}

function DemoBanner() {
  const { data } = useQuery(demoQuery);
  const [asked, setAsked] = useState<'now' | 'before'>();
  if (!data?.is_present) return null;
  return (
    <Banner
      icon="spark"
      action={
        <Button kind="ghost" onClick={() => setAsked('now')}>
          {t('demoRemove')}
        </Button>
      }
    >
      {t('demoBanner')}
      <span className="max-sm:hidden">{t('demoBannerMore')}</span>
      {asked && (
        <Suspense>
          <RemoveDemo open={asked === 'now'} onClose={() => setAsked('before')} />
        </Suspense>
      )}
    </Banner>
  );
}
