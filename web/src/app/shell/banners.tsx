import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { demoQuery, useRemoveDemo } from '@/api/queries/system';
import { t } from '@/app/messages';
import { formatAgo } from '@/lib/dates';
import { usePreference } from '@/lib/preferences';
import { Banner } from '@/ui/banner';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { useUi } from '@/ui/ui-context';

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
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveDemo();
  const { toast } = useUi();
  if (!data?.is_present) return null;
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        setAsking(false);
        toast({ text: t('demoRemoved') });
      },
    });
  return (
    <Banner
      icon="spark"
      action={
        <Button kind="ghost" onClick={() => setAsking(true)}>
          {t('demoRemove')}
        </Button>
      }
    >
      {t('demoBanner')}
      <span className="max-sm:hidden">{t('demoBannerMore')}</span>
      <Confirm
        open={isAsking}
        title={t('demoRemove')}
        action={t('demoRemove')}
        isDangerous
        busy={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
        onClose={() => setAsking(false)}
      >
        {t('demoRemoveBody')}
      </Confirm>
    </Banner>
  );
}
