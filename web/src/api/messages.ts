import { messages } from '@/lib/i18n';

/** What the client itself has to say; everything else is the server's text. */
export const t = messages({
  offline: 'No connection',
  offlineDetail: 'The server did not answer.',
  offlineChange: 'The server did not answer. Your input is kept; trying again does it only once.',
  unreadable: 'Unexpected answer',
  unreadableDetail: 'The answer of {path} is not what this version of the app understands.',
  answered: 'The server answered {status}',
});
