import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import Asset from '@/features/assets/asset-page';

export { default as SearchPage } from '@/features/search/search-page';
export { default as WatchlistsPage } from '@/features/watchlists/watchlists-page';

const AssetNews = lazy(async () => ({
  default: (await import('@/features/news/asset-news')).AssetNews,
}));

/** One asset, with the headlines of the news beside it. */
export function AssetPage() {
  const { id } = useParams({ strict: false });
  return (
    <Asset
      // Of another asset nothing is kept: neither an open dialog nor what was typed.
      key={id}
      news={(asset) => (
        <Suspense>
          <AssetNews assetId={asset.id} />
        </Suspense>
      )}
    />
  );
}
