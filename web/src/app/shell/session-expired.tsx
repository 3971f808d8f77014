import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useUser } from '@/api/contexts';
import { onSessionExpired } from '@/api/session';
import { t } from '@/app/messages';
import { Dialog } from '@/ui/dialog';

const LoginForm = lazy(() => import('@/features/auth/login-form'));

/** A 401 opens the login over the page: what was typed stays, and the page goes on from there. */
export function SessionExpired() {
  const [isOpen, setOpen] = useState(false);
  const { user } = useUser();
  const navigate = useNavigate();
  useEffect(() => onSessionExpired(() => setOpen(true)), []);
  const close = () => {
    setOpen(false);
    void navigate({ to: '/login' });
  };
  return (
    <Dialog open={isOpen} onClose={close} title={t('expiredTitle')} description={t('expiredNote')} alert>
      <Suspense>
        <LoginForm email={user.email} onDone={() => setOpen(false)} />
      </Suspense>
    </Dialog>
  );
}
