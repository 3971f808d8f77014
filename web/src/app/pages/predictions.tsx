import { lazy, Suspense } from 'react';
import PredictionsPage from '@/features/predictions/predictions-page';

const AssetNews = lazy(async () => ({
  default: (await import('@/features/news/asset-news')).AssetNews,
}));

/** Forecasts, with the headlines of the news beside them. */
export default function Predictions() {
  return (
    <PredictionsPage
      headlines={(assetId) => (
        <Suspense>
          <AssetNews assetId={assetId} />
        </Suspense>
      )}
    />
  );
}
