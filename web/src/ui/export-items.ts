import { downloadFrom } from '@/lib/csv';
import type { MenuItem } from './menu';
import { t } from './messages';

const FORMATS = [
  { format: 'json', label: 'exportJson', note: 'exportJsonNote' },
  { format: 'csv', label: 'exportTable', note: 'exportTableNote' },
  { format: 'beancount', label: 'exportBeancount', note: 'exportBeancountNote' },
] as const;

type Format = (typeof FORMATS)[number]['format'];

/** A whole portfolio as a file, in each format and with what that is for. `urlOf` says where the file comes from. */
export function exportItems(urlOf: (format: Format) => string, disabled: boolean): MenuItem[] {
  return FORMATS.map(({ format, label, note }) => ({
    id: `export-${format}`,
    label: t(label),
    note: t(note),
    icon: 'download',
    disabled,
    run: () => downloadFrom(urlOf(format)),
  }));
}
