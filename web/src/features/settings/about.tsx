import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useUser } from '@/api/contexts';
import type { SystemStatus } from '@/api/parse/system';
import { systemStatusQuery } from '@/api/queries/system';
import { formatInstant } from '@/lib/dates';
import { bytes, count } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { Caches } from './caches';
import { t } from './messages';
import { SettingsCard } from './section';

export function About() {
  const { user } = useUser();
  return (
    <>
      {user.is_admin ? (
        <Status />
      ) : (
        <SettingsCard title={t('status')}>
          <p className="text-muted">{t('adminOnly')}</p>
        </SettingsCard>
      )}
      <SettingsCard title={t('licence')}>
        <p className="text-muted">{t('licenceText')}</p>
      </SettingsCard>
    </>
  );
}

function Status() {
  const { data, error, refetch } = useQuery(systemStatusQuery);
  return (
    <>
      <SettingsCard title={t('status')}>
        {error && !data && <ErrorState error={error} onRetry={() => void refetch()} minHeight={200} />}
        {!data && !error && <Skeleton height={200} />}
        {data && <Facts status={data} />}
      </SettingsCard>
      {data && <Caches caches={data.caches} />}
    </>
  );
}

const CHECKS: Record<string, string> = {
  database: t('checkDatabase'),
  migrations: t('checkMigrations'),
  keys: t('checkKeys'),
  disk: t('checkDisk'),
  staying: t('checkStaying'),
};

function Facts({ status }: { status: SystemStatus }) {
  const { database, worker, checks } = status;
  const databaseText = t('databaseText', {
    version: database.server_version,
    kind: t(database.embedded ? 'embedded' : 'external'),
    size: bytes(database.size_bytes),
  });
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
      <Fact label={t('version')}>{status.version}</Fact>
      <Fact label={t('started')}>{formatInstant(status.started_at)}</Fact>
      <Fact label={t('database')}>{databaseText}</Fact>
      <Fact label={t('queue')}>{count(worker.queued)}</Fact>
      {checks.map(({ name, ok, detail }) => (
        <Fact key={name} label={CHECKS[name] ?? name}>
          <Badge tone={ok ? 'accent' : 'danger'} icon={ok ? 'check' : 'warning'}>
            {t(ok ? 'ok' : 'failing')}
          </Badge>{' '}
          {detail}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
