import RegisterForm from '@/features/auth/register-form';
import { Onboarding } from '@/features/onboarding/page';

/** Two features on one page: the account form of auth inside the steps of onboarding. */
export default function OnboardingPage() {
  return <Onboarding account={(onDone) => <RegisterForm onDone={onDone} />} />;
}
