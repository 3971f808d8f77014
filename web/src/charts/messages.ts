import { messages } from '@/lib/i18n';

export const t = messages({
  showTable: 'Show as table',
  downloadCsv: 'Download CSV',
  day: 'Day',
  value: 'Value',
  readKeys: 'Arrow keys read values',
  tooShort: {
    one: 'Only {count} day of history: shorter than the range.',
    other: 'Only {count} days of history: shorter than the range.',
  },
  candle: 'open {open}, high {high}, low {low}, close {close}',
  open: 'Open',
  high: 'High',
  low: 'Low',
  close: 'Close',
  noPoints: 'No values in this range yet.',
  asOf: 'as of {day}',
  weight: 'Weight',
  change: 'Change',
  name: 'Name',
  other: 'Other ({count})',
  noChange: 'change not known',
  share: '{percent} of the portfolio',
  masked: 'hidden',
});
