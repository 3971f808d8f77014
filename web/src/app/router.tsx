import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { isApiError } from '@/api/problem';
import { authStatusQuery, meQuery } from '@/api/queries/identity';
import { demoQuery } from '@/api/queries/system';
import { isUuid } from '@/lib/uuid';
import { BrokenRoute } from './pages/broken';
import { orLate } from './pages/late';
import { NotFound } from './pages/not-found';
import { queryClient } from './query-client';
import { Shell } from './shell/shell';

const DEMO_WAIT_MS = 2_000;

// An address cut short names nothing: the server would speak of the form of an id.
const whereIdIsOne = {
  loader: ({ params }: { params: { id: string } }) => {
    if (!isUuid(params.id)) throw notFound();
  },
};

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
});

/** Pages of somebody signed in. Anyone else goes to the login, or to the first steps of a fresh installation. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      // The banner of the demo is part of the first paint: one that comes later pushes the page down. Once it is known,
      // or cannot be, or is slow, no page waits for it.
      const demo = context.queryClient.ensureQueryData(demoQuery).catch(() => undefined);
      await context.queryClient.ensureQueryData(meQuery);
      await Promise.race([demo, new Promise((late) => setTimeout(late, DEMO_WAIT_MS))]);
    } catch (error) {
      if (!isApiError(error) || error.status !== 401) throw error;
      const { has_users } = await context.queryClient.fetchQuery(authStatusQuery);
      if (!has_users) throw redirect({ to: '/onboarding' });
      const isHome = location.href === '/';
      throw redirect({ to: '/login', search: isHome ? {} : { to: location.href } });
    }
  },
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  // Only a place of our own: an address from outside must not send anybody away. The router keeps what is not
  // overwritten, so a bad value is set to undefined, not left out.
  validateSearch: ({ to }: Record<string, unknown>): { to?: string | undefined } => ({
    to: typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/auth/login')),
});

const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  component: lazyRouteComponent(() => import('@/features/auth/register')),
});

const advice = createRoute({
  getParentRoute: () => shell,
  path: '/portfolios/$id/advice',
  ...whereIdIsOne,
  component: lazyRouteComponent(orLate(() => import('@/features/predictions/advice-page'))),
});
const publicScoreboard = createRoute({
  getParentRoute: () => root,
  path: '/scoreboard',
  component: lazyRouteComponent(
    () => import('@/features/predictions/scoreboard-page'),
    'PublicScoreboardPage',
  ),
});

const onboarding = createRoute({
  getParentRoute: () => root,
  path: '/onboarding',
  component: lazyRouteComponent(() => import('./pages/onboarding')),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(orLate(() => import('@/features/settings/page'))),
});

// Pages of the other features, by folder: a route stands before its page does.
const pages = import.meta.glob<{ default: () => React.ReactNode }>('../features/*/page.tsx');
const page = (feature: string) => {
  const load = pages[`../features/${feature}/page.tsx`];
  return load ? lazyRouteComponent(orLate(load)) : NotFound;
};

const dashboard = createRoute({ getParentRoute: () => shell, path: '/', component: page('dashboard') });
const portfolio = createRoute({
  getParentRoute: () => shell,
  path: '/portfolios/$id',
  ...whereIdIsOne,
  component: page('portfolio'),
});
const transactions = createRoute({
  getParentRoute: () => shell,
  path: '/portfolios/$id/transactions',
  ...whereIdIsOne,
  component: page('transactions'),
});
const imports = createRoute({
  getParentRoute: () => shell,
  path: '/portfolios/$id/import',
  ...whereIdIsOne,
  component: page('imports'),
});
const taxReport = createRoute({
  getParentRoute: () => shell,
  path: '/portfolios/$id/tax-report',
  ...whereIdIsOne,
  component: page('tax-report'),
});

const predictions = createRoute({
  getParentRoute: () => shell,
  path: '/predictions',
  component: lazyRouteComponent(orLate(() => import('./pages/predictions'))),
});
const scoreboard = createRoute({
  getParentRoute: () => shell,
  path: '/predictions/scoreboard',
  component: lazyRouteComponent(orLate(() => import('@/features/predictions/scoreboard-page'))),
});
const news = createRoute({ getParentRoute: () => shell, path: '/news', component: page('news') });
const dataHealth = createRoute({
  getParentRoute: () => shell,
  path: '/data-health',
  component: page('data-health'),
});

// One piece for all of the market: what its pages share packs better in it than apart. Where nothing came (see orLate)
// there is no page in it either.
const market = (name: 'AssetPage' | 'SearchPage' | 'WatchlistsPage') =>
  lazyRouteComponent(orLate(() => import('./pages/market').then((code) => code && { default: code[name] })));
const asset = createRoute({
  getParentRoute: () => shell,
  path: '/assets/$id',
  ...whereIdIsOne,
  component: market('AssetPage'),
});
const search = createRoute({ getParentRoute: () => shell, path: '/search', component: market('SearchPage') });
const watchlists = createRoute({
  getParentRoute: () => shell,
  path: '/watchlists',
  component: market('WatchlistsPage'),
});

const routeTree = root.addChildren([
  shell.addChildren([
    dashboard,
    portfolio,
    transactions,
    imports,
    taxReport,
    asset,
    search,
    watchlists,
    predictions,
    scoreboard,
    advice,
    news,
    dataHealth,
    settings,
  ]),
  login,
  register,
  publicScoreboard,
  onboarding,
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: BrokenRoute,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

// The h1 gets the focus on another page, so that readers hear where they are; not on a change of range or filter. A page
// that is opened to type says where.
router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
  if (!fromLocation || !pathChanged) return;
  const place = document.querySelector<HTMLElement>('[data-focus]') ?? document.querySelector('h1');
  place?.focus({ preventScroll: true });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
