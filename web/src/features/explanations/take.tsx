import type { Explanation } from '@/api/parse/explanations';
import { download } from '@/lib/csv';
import { usePrivacy } from '@/lib/preferences';
import { Button } from '@/ui/button';
import { useUi } from '@/ui/ui-context';
import { t } from './messages';

/** The whole explanation to take along; not while amounts are hidden or scrambled. */
export function Take({ explanation }: { explanation: Explanation }) {
  const { toast } = useUi();
  const isShown = usePrivacy() === 'show';
  const json = () => JSON.stringify(explanation, null, 2);
  const copy = () =>
    navigator.clipboard.writeText(json()).then(
      () => toast({ text: t('copied') }),
      () => toast({ text: t('notCopied'), tone: 'danger' }),
    );
  const name = [explanation.figure, explanation.symbol, explanation.to].filter(Boolean).join('-');
  const save = () => download(`explain-${name.replace(/[^\w.-]/g, '_')}.json`, 'application/json', json());
  const why = isShown ? undefined : t('blockedHidden');
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button icon="file" disabled={!isShown} title={why} onClick={() => void copy()}>
        {t('copy')}
      </Button>
      <Button icon="download" disabled={!isShown} title={why} onClick={save}>
        {t('download')}
      </Button>
      {why && <p className="text-muted text-sm">{why}</p>}
    </div>
  );
}
