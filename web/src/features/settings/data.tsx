import { Link } from '@tanstack/react-router';
import { useUser } from '@/api/contexts';
import { buttonClass } from '@/ui/button';
import { DemoSettings } from './demo';
import { t } from './messages';
import { ProviderKeys } from './provider-keys';
import { Setting, SettingsCard } from './section';

export function DataSettings() {
  const { user } = useUser();
  return (
    <>
      <SettingsCard title={t('marketData')}>
        <Setting label={t('health')} note={t('healthNote')}>
          <Link to="/data-health" className={buttonClass()}>
            {t('healthOpen')}
          </Link>
        </Setting>
      </SettingsCard>
      {user.is_admin && <ProviderKeys />}
      <DemoSettings />
    </>
  );
}
