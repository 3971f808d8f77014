import type { Cache } from '@/api/parse/system';
import { useClearCaches } from '@/api/queries/system';
import { bytes, count } from '@/lib/format';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/error-state';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';
import { Setting, SettingsCard } from './section';

const NAMES: Record<string, string> = {
  browser: t('cacheBrowser'),
  response: t('cacheResponse'),
  redis: t('cacheRedis'),
  price_matrix: t('cacheMatrix'),
  price_years: t('cacheYears'),
  outbound: t('cacheOutbound'),
};

/** What this process keeps to be quicker, how often that served, and the button that empties it in all of them. */
export function Caches({ caches }: { caches: readonly Cache[] }) {
  const clear = useClearCaches();
  const block = useWriteBlock();
  const { toast } = useUi();
  const empty = () => clear.mutate(undefined, { onSuccess: () => toast({ text: t('cachesCleared') }) });
  return (
    <SettingsCard title={t('caches')}>
      <ul>
        {caches.map((cache) => (
          <li key={cache.name} className="border-line border-b py-2 last:border-0">
            <p className="font-medium">{NAMES[cache.name] ?? cache.name}</p>
            <p className="text-muted text-xs">{factsOf(cache)}</p>
          </li>
        ))}
      </ul>
      <Setting label={t('cachesClear')} note={t('cachesNote')}>
        <Button
          icon="trash"
          busy={clear.isPending}
          disabled={block !== undefined}
          title={block}
          onClick={empty}
        >
          {t('cachesClear')}
        </Button>
      </Setting>
      <FormError error={clear.error} />
    </SettingsCard>
  );
}

function factsOf({ hits, misses, outdated, failed, held_bytes }: Cache): string {
  const facts = [t('cacheAsked', { hits: count(hits), misses: count(misses), outdated: count(outdated) })];
  if (failed > 0) facts.push(t('cacheFailed', { failed: count(failed) }));
  if (held_bytes !== null) facts.push(t('cacheHeld', { size: bytes(held_bytes) }));
  return facts.join(' · ');
}
