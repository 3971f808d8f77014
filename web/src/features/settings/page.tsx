import { useUser } from '@/api/contexts';
import { oneOf } from '@/lib/storage';
import { PageHeader } from '@/ui/card';
import { useSearchState } from '@/ui/search-state';
import { Tabs } from '@/ui/tabs';
import { About } from './about';
import { Appearance } from './appearance';
import { DataSettings } from './data';
import { t } from './messages';
import { Privacy } from './privacy';
import { Profile } from './profile';
import { Sessions } from './sessions';

const SECTIONS = ['profile', 'appearance', 'privacy', 'security', 'data', 'about'] as const;
const section = oneOf(SECTIONS);

const PANELS = {
  profile: Profile,
  appearance: Appearance,
  privacy: Privacy,
  security: Sessions,
  data: DataSettings,
  about: About,
};

export default function Settings() {
  const { user, tenant } = useUser();
  const [{ tab }, setSearch] = useSearchState({ tab: (value) => section(value) ?? 'profile' });
  const Panel = PANELS[tab];
  return (
    <div className="max-w-3xl">
      <PageHeader title={t('title')} note={t('note', { email: user.email, tenant: tenant.name })} />
      <Tabs
        label={t('sections')}
        tabs={SECTIONS.map((id) => ({ id, label: t(id) }))}
        current={tab}
        onChange={(next) => setSearch({ tab: section(next) })}
      >
        <Panel />
      </Tabs>
    </div>
  );
}
