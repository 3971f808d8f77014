import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { usePortfolio } from '@/api/contexts';
import { useEvents } from '@/api/use-events';
import { t } from '@/app/messages';
import { PortfolioProvider } from '@/app/providers/portfolio';
import { UserProvider } from '@/app/providers/user';
import { useHotkeys } from '@/lib/hotkeys';
import { preference, setPreference } from '@/lib/preferences';
import { buttonClass } from '@/ui/button';
import { ToastRegion } from '@/ui/toast';
import { Banners } from './banners';
import { ExplanationOverlay } from './explanation';
import { Header } from './header';
import { navLinks } from './links';
import { BottomBar, Sidebar } from './nav';
import { SessionExpired } from './session-expired';

const Palette = lazy(() => import('./palette'));
const HotkeysHelp = lazy(() => import('./hotkeys-help'));

/** The frame around every page of somebody who is signed in. */
export function Shell() {
  return (
    <UserProvider>
      <PortfolioProvider>
        <Frame />
      </PortfolioProvider>
    </UserProvider>
  );
}

type Overlay = 'palette' | 'hotkeys';

function Frame() {
  const [overlay, setOverlay] = useState<Overlay | undefined>();
  // What was opened once stays, so that the focus finds its way back.
  const [opened, setOpened] = useState<readonly Overlay[]>([]);
  const close = () => setOverlay(undefined);
  const open = (next: Overlay) => {
    setOpened((before) => [...new Set([...before, next])]);
    setOverlay(next);
  };
  const search = () => open('palette');
  const help = () => open('hotkeys');
  useEvents();
  useShellHotkeys(search, help);
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className={buttonClass(
          'primary',
          'sr-only focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-50',
        )}
      >
        {t('skip')}
      </a>
      <Sidebar />
      <div className="flex min-w-0 grow flex-col">
        <Header onSearch={search} onHotkeys={help} />
        <Banners />
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto w-full max-w-[88rem] grow px-4 pt-5 pb-24 outline-none md:px-6 md:pb-10"
        >
          <Outlet />
        </main>
      </div>
      <BottomBar />
      <ExplanationOverlay />
      <ToastRegion />
      <SessionExpired />
      <Suspense>
        {opened.includes('hotkeys') && <HotkeysHelp open={overlay === 'hotkeys'} onClose={close} />}
        {opened.includes('palette') && <Palette open={overlay === 'palette'} onClose={close} />}
      </Suspense>
    </div>
  );
}

function useShellHotkeys(search: () => void, help: () => void): void {
  const navigate = useNavigate();
  const { portfolioId } = usePortfolio();
  const go = navLinks(portfolioId).map(({ to, key }) => [
    `g ${key}`,
    () => void navigate({ to, params: { id: portfolioId ?? '' } }),
  ]);
  useHotkeys({
    ...Object.fromEntries(go),
    'mod+k': search,
    '?': help,
    h: () => setPreference('privacy', preference('privacy') === 'show' ? 'hide' : 'show'),
    // A page's own search field, else the palette.
    '/': () => {
      const field = document.querySelector<HTMLElement>('main input[type=search]');
      if (field) field.focus();
      else search();
    },
  });
}
