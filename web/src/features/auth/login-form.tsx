import { useForm } from 'react-hook-form';
import { type Credentials, useLogin } from '@/api/queries/identity';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { Checkbox, PasswordField, TextField } from '@/ui/field';
import { t } from './messages';

interface LoginFormProps {
  /** Known already: an ended session goes on as the same person. */
  email?: string;
  onDone: () => void;
}

export default function LoginForm({ email, onDone }: LoginFormProps) {
  const login = useLogin();
  const { register, handleSubmit, formState } = useForm<Required<Credentials>>({
    defaultValues: { email: email ?? '', password: '', remember: false },
  });
  const { errors } = formState;
  const send = handleSubmit((values) => login.mutate(values, { onSuccess: onDone }));
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <TextField
        label={t('email')}
        type="email"
        autoComplete="username"
        inputMode="email"
        autoCapitalize="none"
        readOnly={email !== undefined}
        error={errors.email?.message}
        {...register('email', { required: t('needed') })}
      />
      <PasswordField
        label={t('password')}
        autoComplete="current-password"
        error={errors.password?.message}
        {...register('password', { required: t('needed') })}
      />
      <Checkbox label={t('remember')} {...register('remember')} />
      <FormError error={login.error} />
      <Button type="submit" kind="primary" busy={login.isPending}>
        {t('signIn')}
      </Button>
    </form>
  );
}
