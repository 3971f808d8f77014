import { messages } from '@/lib/i18n';

export const t = messages({
  signIn: 'Sign in',
  signInNote: 'Your books stay on this machine.',
  email: 'E-mail',
  password: 'Password',
  remember: 'Stay signed in on this device',
  needed: 'Needed to go on.',
  badEmail: 'This is not an e-mail address.',
  noAccount: 'No account yet?',
  create: 'Create an account',
  haveAccount: 'Already have an account?',
  registerNote: 'It lives in this installation and nowhere else.',
  firstName: 'First name',
  tenantName: 'Household or organisation',
  passwordHint: 'At least 12 characters. A few words make a good one.',
  passwordShort: 'Use at least 12 characters.',
  closed: 'This installation takes no new accounts. Ask its owner to invite you.',
  created: 'Your account is ready.',
});
