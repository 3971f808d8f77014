import { cx } from './class';
import { t } from './messages';

/** A grey area of the size that the content will have, so that nothing moves when it comes. */
export function Skeleton({ height, className }: { height: number | string; className?: string }) {
  return (
    <div role="status" className={cx('skeleton', className)} style={{ height }}>
      <span className="sr-only">{t('loading')}</span>
    </div>
  );
}

export function SkeletonRows({ rows = 6, height = 36 }: { rows?: number; height?: number }) {
  return (
    <div role="status" className="flex flex-col">
      <span className="sr-only">{t('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: grey rows have no identity
        <div key={row} className="flex items-center gap-4 border-line border-b px-4" style={{ height }}>
          <div className="skeleton h-3 w-1/4" />
          <div className="skeleton ms-auto h-3 w-1/6" />
          <div className="skeleton h-3 w-1/6" />
        </div>
      ))}
    </div>
  );
}
