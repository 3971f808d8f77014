import { useLocation } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import AssetPage from '@/features/assets/asset-page';
import SearchPage from '@/features/search/search-page';
import WatchlistsPage from '@/features/watchlists/watchlists-page';

const AssetNews = lazy(async () => ({
  default: (await import('@/features/news/asset-news')).AssetNews,
}));

/** The pages about assets as such, held or not. */
export default function Market() {
  const { pathname } = useLocation();
  if (pathname === '/search') return <SearchPage />;
  if (pathname === '/watchlists') return <WatchlistsPage />;
  return (
    <AssetPage
      // Of another asset nothing is kept: neither an open dialog nor what was typed.
      key={pathname}
      news={({ id }) => (
        <Suspense>
          <AssetNews assetId={id} />
        </Suspense>
      )}
    />
  );
}
