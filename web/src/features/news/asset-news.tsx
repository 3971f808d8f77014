import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { assetNewsQuery } from '@/api/queries/news';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Headline } from './item';
import { t } from './messages';

const SHOWN = 5;

/** The newest headlines about one asset, for the page of it. */
export function AssetNews({ assetId }: { assetId: string }) {
  const { data, error, refetch } = useQuery(assetNewsQuery(assetId, SHOWN));
  const more = data && data.items.length > 0 && (
    <Link
      to="/news"
      search={{ scope: 'all', asset: assetId } as never}
      className="min-h-6 text-accent text-sm hover:underline"
    >
      {t('assetMore')}
    </Link>
  );
  return (
    <Card title={t('assetTitle')} action={more} flush>
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />}
      {!data && !error && <SkeletonRows rows={3} height={72} />}
      {data?.items.length === 0 && <p className="px-4 pb-4 text-muted text-sm">{t('assetNone')}</p>}
      {data && data.items.length > 0 && (
        <ul>
          {data.items.map((item) => (
            <Headline key={item.id} item={item} />
          ))}
        </ul>
      )}
    </Card>
  );
}
