import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { usePortfolio } from '@/api/contexts';
import { t } from '@/app/messages';
import { cx } from '@/ui/class';
import { Icon } from '@/ui/icon';
import { Logo } from '@/ui/logo';
import { Menu } from '@/ui/menu';
import { type NavLink, navLinks } from './links';

const SIDE =
  'flex min-h-10 items-center gap-3 rounded-control px-3 text-muted hover:bg-wash hover:text-text ' +
  'aria-[current]:bg-wash aria-[current]:font-semibold aria-[current]:text-text';
const BAR = 'flex min-h-14 min-w-0 flex-col items-center justify-center gap-0.5 text-[0.6875rem]';
const BOTTOM = `${BAR} text-muted aria-[current]:font-semibold aria-[current]:text-accent`;

export function Sidebar() {
  const { portfolioId } = usePortfolio();
  return (
    <nav
      aria-label={t('main')}
      className="sticky top-0 flex h-dvh w-52 shrink-0 flex-col gap-4 border-line border-e bg-panel px-3 py-3 max-md:hidden"
    >
      <Link to="/" className="flex min-h-9 items-center gap-2 rounded-control px-2" aria-label="FinSage">
        <Logo size={26} />
        <span className="font-semibold text-base tracking-tight">FinSage</span>
      </Link>
      <ul className="flex flex-col gap-0.5">
        <Links className={SIDE} links={navLinks(portfolioId)} />
      </ul>
    </nav>
  );
}

export function BottomBar() {
  const { portfolioId } = usePortfolio();
  const links = navLinks(portfolioId);
  return (
    <nav
      aria-label={t('main')}
      className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid auto-cols-fr grid-flow-col">
        <Links className={BOTTOM} links={links.filter(({ isMore }) => !isMore)} />
        <li className="grid">
          <More links={links.filter(({ isMore }) => isMore)} />
        </li>
      </ul>
    </nav>
  );
}

/** What the bar has no room for, above it. */
function More({ links }: { links: readonly NavLink[] }) {
  const navigate = useNavigate();
  const here = useHere();
  const isHere = links.some(({ to, under }) => to === here || under?.test(here));
  return (
    <Menu
      label={t('morePages')}
      items={links.map(({ to, label, icon }) => ({ id: to, label, icon, run: () => void navigate({ to }) }))}
      buttonClassName={cx(BAR, isHere ? 'font-semibold text-accent' : 'text-muted')}
    >
      <Icon name="more" size={20} />
      {t('more')}
    </Menu>
  );
}

function Links({ className, links }: { className: string; links: readonly NavLink[] }) {
  const { portfolioId } = usePortfolio();
  const here = useHere();
  return links.map(({ to, label, icon, under }) => (
    <li key={to}>
      <Link
        to={to}
        params={{ id: portfolioId ?? '' }}
        className={className}
        // The router marks the page itself.
        aria-current={under?.test(here) ? 'true' : undefined}
        activeOptions={{ exact: true, includeSearch: false }}
      >
        <Icon name={icon} size={20} />
        {label}
      </Link>
    </li>
  ));
}

function useHere(): string {
  return useLocation({ select: ({ pathname }) => pathname });
}
