import { Link } from '@tanstack/react-router';
import { t } from '@/app/messages';
import { buttonClass } from '@/ui/button';
import { PageHeader } from '@/ui/card';

export function NotFound() {
  return (
    <div className="mx-auto max-w-xl px-4 py-10">
      <PageHeader title={t('notFound')} note={t('notFoundNote')} />
      <Link to="/" className={buttonClass('primary')}>
        {t('toDashboard')}
      </Link>
    </div>
  );
}
