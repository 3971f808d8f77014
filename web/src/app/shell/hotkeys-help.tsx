import { usePortfolio } from '@/api/contexts';
import { t } from '@/app/messages';
import { MOD } from '@/lib/hotkeys';
import { Dialog } from '@/ui/dialog';
import { navLinks } from './links';

/** The keys and what they do; loaded when first asked for. */
export default function HotkeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { portfolioId } = usePortfolio();
  const rows: [string[], string][] = [
    [[MOD, 'K'], t('keyPalette')],
    [['?'], t('keyHelp')],
    [['/'], t('keySearch')],
    [['n'], t('keyAdd')],
    [['j', 'k'], t('keyRows')],
    [['Enter'], t('keyOpen')],
    [['e'], t('keyEdit')],
    [['x'], t('keyMark')],
    [['h'], t('keyHide')],
    ...navLinks(portfolioId).map(({ key, label }): [string[], string] => [
      ['g', key],
      `${t('goTo')} ${label}`,
    ]),
  ];
  return (
    <Dialog open={open} onClose={onClose} title={t('hotkeys')} description={t('hotkeysNote')}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {rows.map(([keys, label]) => (
          <div key={label} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded border border-control px-1.5 text-center font-sans text-xs leading-6"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
