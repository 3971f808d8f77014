import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import { UserContext } from '@/api/contexts';
import type { Me } from '@/api/parse/identity';
import { UiProvider } from '@/app/providers/ui';
import { ToastRegion } from '@/ui/toast';
import { me } from './people';

export interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = unknown | ((sent: Sent) => unknown);

/** A problem as the server writes it. */
export class Problem {
  constructor(
    readonly status: number,
    readonly members: Record<string, unknown>,
  ) {}
}

/**
 * Stands in for the network: answers "GET /portfolios/p/accounts" by what the table says, or promises,
 * null with nothing; keeps what was sent.
 */
export function serve(table: Record<string, Answer>): Sent[] {
  const all: Sent[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url, 'http://finsage.test');
    const text = await request.text();
    const path = url.pathname.replace('/api/v1', '');
    const isJson = request.headers.get('Content-Type')?.includes('json') ?? false;
    const sent = {
      method: request.method,
      path,
      query: url.searchParams,
      body: isJson && text ? JSON.parse(text) : text,
    };
    all.push(sent);
    const known = table[`${request.method} ${path}`];
    const answer = await (typeof known === 'function' ? (known as (sent: Sent) => unknown)(sent) : known);
    if (answer === undefined) throw new Error(`no answer for ${request.method} ${path}`);
    const isProblem = answer instanceof Problem;
    const [status, body] = isProblem
      ? [answer.status, { status: answer.status, ...answer.members }]
      : [200, answer];
    if (answer === null) return new Response(null, { status: 204 });
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
  });
  return all;
}

/** Shows a page at an address, with everything around it that the app gives it. */
export function showPage(page: () => ReactNode, path: string, address: string, who: Me = me) {
  const root = createRootRoute();
  const places = [
    '/portfolios/$id',
    '/portfolios/$id/transactions',
    '/portfolios/$id/import',
    '/portfolios/$id/tax-report',
    '/portfolios/$id/advice',
    '/predictions',
    '/predictions/scoreboard',
    '/scoreboard',
    '/login',
    '/news',
    '/assets/$id',
    '/search',
    '/watchlists',
    '/data-health',
    '/settings',
  ];
  const routes = places.map((place) =>
    createRoute({ getParentRoute: () => root, path: place, component: place === path ? page : () => null }),
  );
  const router = createRouter({
    routeTree: root.addChildren(routes),
    history: createMemoryHistory({ initialEntries: [address] }),
  });
  const client = new QueryClient({
    defaultOptions: {
      queries: { retry: false, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
  render(
    <QueryClientProvider client={client}>
      <UserContext value={who}>
        <UiProvider>
          <RouterProvider router={router as never} />
          <ToastRegion />
        </UiProvider>
      </UserContext>
    </QueryClientProvider>,
  );
  return router;
}
