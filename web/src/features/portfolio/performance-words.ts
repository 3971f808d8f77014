import { messages } from '@/lib/i18n';

export const t = messages({
  performance: 'Performance',
  twrChart: 'Time-weighted return over time',
  fromTo: '{from} – {to}',
  aYear: '{rate} a year',
});
