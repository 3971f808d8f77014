import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { authStatusQuery } from '@/api/queries/identity';
import { EntryPage } from '@/ui/entry-page';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';
import RegisterForm from './register-form';

export default function Register() {
  const navigate = useNavigate();
  return (
    <EntryPage
      title={t('create')}
      note={t('registerNote')}
      footer={
        <>
          {t('haveAccount')}{' '}
          <Link to="/login" className="text-accent underline underline-offset-2">
            {t('signIn')}
          </Link>
        </>
      }
    >
      <Body onDone={() => void navigate({ to: '/onboarding' })} />
    </EntryPage>
  );
}

function Body({ onDone }: { onDone: () => void }) {
  const { data, error, refetch } = useQuery(authStatusQuery);
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} />;
  return data.registration === 'open' ? <RegisterForm onDone={onDone} /> : <p>{t('closed')}</p>;
}
