import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Session } from '@/api/parse/identity';
import { sessionsQuery, useRevokeSession } from '@/api/queries/identity';
import { formatAgo, formatInstant } from '@/lib/dates';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { deviceName } from './device-name';
import { t } from './messages';
import { SettingsCard } from './section';

export function Sessions() {
  const { data, error, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery(sessionsQuery);
  return (
    <SettingsCard title={t('sessions')}>
      <p className="mb-2 text-muted">{t('sessionsNote')}</p>
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={2} height={57} />}
      <ul>
        {data?.pages
          .flatMap(({ items }) => items)
          .map((session) => (
            <SessionLine key={session.id} session={session} />
          ))}
      </ul>
      {hasNextPage && <Button onClick={() => void fetchNextPage()}>{t('moreSessions')}</Button>}
    </SettingsCard>
  );
}

function SessionLine({ session }: { session: Session }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useRevokeSession();
  const { toast } = useUi();
  const end = () => revoke.mutate(session.id, { onSuccess: () => toast({ text: t('revoked') }) });
  const facts = [
    session.address,
    session.last_used_at && t('lastUsed', { ago: formatAgo(session.last_used_at) }),
    t('since', { day: formatInstant(session.created_at) }),
  ];
  return (
    <li className="flex flex-wrap items-center justify-between gap-2 border-line border-b py-2.5 last:border-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {deviceName(session.user_agent) ?? t('unknownDevice')}
          {session.is_current && <Badge tone="accent">{t('thisSession')}</Badge>}
          {session.kind === 'token' && <Badge>{t('apiToken')}</Badge>}
        </p>
        <p className="text-muted text-xs">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      {!session.is_current && <Button onClick={() => setAsking(true)}>{t('revoke')}</Button>}
      <Confirm
        open={isAsking}
        title={t('revokeTitle')}
        action={t('revoke')}
        isDangerous
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={end}
        onClose={() => setAsking(false)}
      >
        {t('revokeBody')}
      </Confirm>
    </li>
  );
}
