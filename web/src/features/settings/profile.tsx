import { useForm } from 'react-hook-form';
import { useUser } from '@/api/contexts';
import { type ProfileChange, useChangePassword, useChangeProfile } from '@/api/queries/identity';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { faultOf } from '@/ui/faults';
import { PasswordField, TextField } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';
import { SettingsCard } from './section';

const FORM = 'flex max-w-xl flex-col items-start gap-4 [&>*:not(button)]:w-full';

export function Profile() {
  return (
    <>
      <SettingsCard title={t('profile')}>
        <ProfileForm />
      </SettingsCard>
      <SettingsCard title={t('password')}>
        <PasswordForm />
      </SettingsCard>
    </>
  );
}

function ProfileForm() {
  const { user } = useUser();
  const change = useChangeProfile();
  const { toast } = useUi();
  const form = useForm({
    values: {
      first_name: user.first_name ?? '',
      last_name: user.last_name ?? '',
      email: user.email,
      current_password: '',
    },
  });
  const { register, handleSubmit, watch, formState } = form;
  const isOtherEmail = watch('email') !== user.email;
  const send = handleSubmit(({ email, current_password, ...names }) => {
    const wanted: ProfileChange = isOtherEmail ? { ...names, email, current_password } : names;
    change.mutate(wanted, { onSuccess: () => toast({ text: t('saved') }) });
  });
  return (
    <form onSubmit={send} noValidate className={FORM}>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('firstName')}
          autoComplete="given-name"
          error={faultOf(change.error, 'first_name')}
          {...register('first_name')}
        />
        <TextField
          label={t('lastName')}
          autoComplete="family-name"
          error={faultOf(change.error, 'last_name')}
          {...register('last_name')}
        />
      </div>
      <TextField
        label={t('email')}
        type="email"
        autoComplete="email"
        error={formState.errors.email?.message ?? faultOf(change.error, 'email')}
        {...register('email', { required: t('needed') })}
      />
      {isOtherEmail && (
        <PasswordField
          label={t('currentPassword')}
          hint={t('currentPasswordHint')}
          autoComplete="current-password"
          error={formState.errors.current_password?.message ?? faultOf(change.error, 'current_password')}
          {...register('current_password', { required: t('needed') })}
        />
      )}
      <FormError error={change.error} />
      <Button type="submit" kind="primary" busy={change.isPending} disabled={!formState.isDirty}>
        {t('save')}
      </Button>
    </form>
  );
}

const PASSWORD_MIN = 12;
const NO_PASSWORDS = { current_password: '', new_password: '' };

function PasswordForm() {
  const { user } = useUser();
  const change = useChangePassword();
  const { toast } = useUi();
  const { register, handleSubmit, reset, formState } = useForm({ defaultValues: NO_PASSWORDS });
  const send = handleSubmit((values) =>
    change.mutate(values, {
      onSuccess: () => {
        reset(NO_PASSWORDS);
        toast({ text: t('passwordChanged') });
      },
    }),
  );
  return (
    <form onSubmit={send} noValidate className={FORM}>
      <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
      <PasswordField
        label={t('currentPassword')}
        autoComplete="current-password"
        error={formState.errors.current_password?.message ?? faultOf(change.error, 'current_password')}
        {...register('current_password', { required: t('needed') })}
      />
      <PasswordField
        label={t('newPassword')}
        hint={t('passwordHint')}
        autoComplete="new-password"
        error={formState.errors.new_password?.message ?? faultOf(change.error, 'new_password')}
        {...register('new_password', {
          required: t('needed'),
          minLength: { value: PASSWORD_MIN, message: t('passwordShort') },
        })}
      />
      <FormError error={change.error} />
      <Button type="submit" busy={change.isPending}>
        {t('changePassword')}
      </Button>
    </form>
  );
}
