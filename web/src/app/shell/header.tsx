import { useQuery } from '@tanstack/react-query';
import { Link, useMatches, useNavigate, useSearch } from '@tanstack/react-router';
import { usePortfolio, useUser } from '@/api/contexts';
import { useLogout } from '@/api/queries/identity';
import { portfoliosQuery } from '@/api/queries/portfolios';
import { t } from '@/app/messages';
import { MOD } from '@/lib/hotkeys';
import { buttonClass, IconButton } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { Logo } from '@/ui/logo';
import { Menu } from '@/ui/menu';
import { Select } from '@/ui/select';
import { PrivacyToggle, ThemeToggle } from '@/ui/toggles';

interface HeaderProps {
  onSearch: () => void;
  onHotkeys: () => void;
}

export function Header({ onSearch, onHotkeys }: HeaderProps) {
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-line border-b bg-panel px-3 md:gap-2 md:px-6 print:hidden">
      <Link to="/" className="me-1 rounded-control md:hidden" aria-label={t('dashboard')}>
        <Logo />
      </Link>
      <PortfolioSwitch />
      <div className="ms-auto flex items-center gap-0.5">
        <button
          type="button"
          onClick={onSearch}
          aria-keyshortcuts="Control+K Meta+K"
          className={buttonClass('secondary', 'me-1 text-muted max-lg:hidden')}
        >
          <Icon name="search" size={16} />
          {t('search')}
          <kbd className="rounded border border-line px-1.5 font-sans text-xs">{MOD} K</kbd>
        </button>
        <IconButton icon="search" label={t('search')} className="lg:hidden" onClick={onSearch} />
        <PrivacyToggle />
        <span className="max-sm:hidden">
          <ThemeToggle />
        </span>
        <AccountMenu onHotkeys={onHotkeys} />
      </div>
    </header>
  );
}

const NEW = 'new';
const ALL = 'all';

function PortfolioSwitch() {
  const { data } = useQuery(portfoliosQuery);
  const { portfolioId, select } = usePortfolio();
  const navigate = useNavigate();
  const page = useMatches().at(-1)?.fullPath;
  const { all }: { all?: unknown } = useSearch({ strict: false });
  const isAll = page === '/' && all === true;
  if (!data?.items.length || portfolioId === undefined) return null;
  const choose = (id: string) => {
    if (id === NEW) return void navigate({ to: '/onboarding' });
    if (id === ALL) return void navigate({ to: '/', search: { all: true } as never });
    select(id);
    if (isAll) return void navigate({ to: '/' });
    // The same page of the other portfolio.
    if (page?.startsWith('/portfolios/$id')) void navigate({ to: page as '/portfolios/$id', params: { id } });
  };
  const choices = data.items.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Select
      aria-label={t('switchPortfolio')}
      className="max-w-64 border-line font-medium"
      value={isAll ? ALL : portfolioId}
      choices={[
        ...choices,
        ...(choices.length > 1 ? [{ value: ALL, label: t('allPortfolios') }] : []),
        { value: NEW, label: t('newPortfolio') },
      ]}
      onChange={(event) => choose(event.target.value)}
    />
  );
}

function AccountMenu({ onHotkeys }: { onHotkeys: () => void }) {
  const { user } = useUser();
  const logout = useLogout();
  const navigate = useNavigate();
  const signOut = () => logout.mutate(undefined, { onSuccess: () => void navigate({ to: '/login' }) });
  return (
    <Menu
      label={`${t('account')}: ${user.email}`}
      buttonClassName={buttonClass('ghost', 'px-0')}
      items={[
        {
          id: 'settings',
          label: t('settings'),
          icon: 'settings',
          run: () => void navigate({ to: '/settings' }),
        },
        { id: 'hotkeys', label: t('hotkeys'), icon: 'keyboard', run: onHotkeys },
        { id: 'logout', label: t('signOut'), icon: 'logout', run: signOut },
      ]}
    >
      <Icon name="user" />
    </Menu>
  );
}
