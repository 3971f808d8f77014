import { useForm } from 'react-hook-form';
import { type NewUser, useLogin, useRegister } from '@/api/queries/identity';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { PasswordField, TextField } from '@/ui/field';
import { t } from './messages';

const PASSWORD_MIN = 12;

interface RegisterFormProps {
  onDone: () => void;
}

/** Creates the account and signs in with it. */
export default function RegisterForm({ onDone }: RegisterFormProps) {
  const create = useRegister();
  const login = useLogin();
  const { register, handleSubmit, formState } = useForm<Required<Omit<NewUser, 'last_name'>>>({
    defaultValues: { first_name: '', tenant_name: '', email: '', password: '' },
  });
  const error = (field: keyof typeof formState.errors & string) =>
    formState.errors[field as 'email']?.message ?? faultOf(create.error, field);
  const send = handleSubmit(async ({ email, password, ...names }) => {
    const given = Object.fromEntries(Object.entries(names).filter(([, name]) => name.trim() !== ''));
    try {
      // The account may stand already, if only the signing in failed before.
      if (!create.isSuccess) await create.mutateAsync({ email, password, ...given });
      await login.mutateAsync({ email, password });
      onDone();
    } catch {
      // Both mutations keep their error, and the form shows it.
    }
  });
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('firstName')}
          isOptional
          autoComplete="given-name"
          error={error('first_name')}
          {...register('first_name')}
        />
        <TextField
          label={t('tenantName')}
          isOptional
          autoComplete="organization"
          error={error('tenant_name')}
          {...register('tenant_name')}
        />
      </div>
      <TextField
        label={t('email')}
        type="email"
        autoComplete="username"
        inputMode="email"
        autoCapitalize="none"
        error={error('email')}
        {...register('email', {
          required: t('needed'),
          pattern: { value: /^\S+@\S+$/, message: t('badEmail') },
        })}
      />
      <PasswordField
        label={t('password')}
        hint={t('passwordHint')}
        autoComplete="new-password"
        error={error('password')}
        {...register('password', {
          required: t('needed'),
          minLength: { value: PASSWORD_MIN, message: t('passwordShort') },
        })}
      />
      <FormError error={create.error ?? login.error} />
      <Button type="submit" kind="primary" busy={create.isPending || login.isPending}>
        {t('create')}
      </Button>
    </form>
  );
}
