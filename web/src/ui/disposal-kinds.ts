import { messages } from '@/lib/i18n';

const WORDS = {
  sell: 'Sale',
  fee: 'Paid as fee',
  transfer_out: 'Moved out',
  cover: 'Short closed',
  swap: 'Swap',
  merger: 'Merger',
} as const;
const t = messages(WORDS);

/** How units were disposed of. A way that this version does not know is shown by its name. */
export function disposalKindLabel(reason: string): string {
  return reason in WORDS ? t(reason as keyof typeof WORDS) : reason;
}
