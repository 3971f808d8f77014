import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { authStatusQuery } from '@/api/queries/identity';
import { EntryPage } from '@/ui/entry-page';
import LoginForm from './login-form';
import { t } from './messages';

export default function Login() {
  const { to } = useSearch({ from: '/login' });
  const { data: status } = useQuery(authStatusQuery);
  const navigate = useNavigate();
  const { history } = useRouter();
  const enter = () => (to ? history.push(to) : void navigate({ to: '/' }));
  const isOpen = status?.registration === 'open';
  return (
    <EntryPage
      title={t('signIn')}
      note={t('signInNote')}
      footer={
        isOpen && (
          <>
            {t('noAccount')}{' '}
            <Link to="/register" className="text-accent underline underline-offset-2">
              {t('create')}
            </Link>
          </>
        )
      }
    >
      <LoginForm onDone={enter} />
    </EntryPage>
  );
}
