import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { modelCardQuery } from '@/api/queries/predictions';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';

const HEIGHT_PX = 320;
/** Told by the dialog's title, or by the table of the backtest on the same page. */
const ELSEWHERE = ['id', 'family', 'walk_forward'];

interface ModelCardProps {
  id: string | undefined;
  name: string;
  onClose: () => void;
}

/** What a model was trained on, what it is worth and where it ends, as its card says. */
export function ModelCard({ id, name, onClose }: ModelCardProps) {
  return (
    <Dialog open={id !== undefined} wide title={t('cardOf', { name })} onClose={onClose}>
      {id !== undefined && <Card id={id} />}
    </Dialog>
  );
}

function Card({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(modelCardQuery(id));
  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} minHeight={HEIGHT_PX} />
    ) : (
      <Skeleton height={HEIGHT_PX} />
    );
  const entries = Object.entries(data.card).filter(([key]) => !ELSEWHERE.includes(key));
  return <Entries entries={entries} />;
}

function Entries({ entries }: { entries: readonly [string, unknown][] }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[11rem_minmax(0,1fr)]">
      {entries.map(([key, value]) => (
        <div key={key} className="contents">
          <dt className="text-muted max-sm:mt-1">{wordOf(key)}</dt>
          <dd className="min-w-0 break-words">{shown(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const KNOWN = {
  trained_on: 'card_trained_on',
  data_source: 'card_data_source',
  data_sha256: 'card_data_sha256',
  judged_on: 'card_judged_on',
  walk_forward: 'card_walk_forward',
  calibration_error: 'card_calibration_error',
  f1: 'card_f1',
} as const;

/** A card is text of whoever trained the model: what this version has no word for is shown as it is called there. */
function wordOf(key: string): string {
  if (Object.hasOwn(KNOWN, key)) return t(KNOWN[key as keyof typeof KNOWN]);
  const words = key.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function shown(value: unknown): ReactNode {
  if (Array.isArray(value)) {
    const texts = value.map((one) => (isPlain(one) ? String(one) : JSON.stringify(one)));
    if (!texts.some((text) => text.includes(' '))) return texts.join(', ');
    return (
      <ul className="flex list-disc flex-col gap-1 ps-4">
        {texts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    );
  }
  if (isPlain(value)) return String(value ?? '–');
  return <Entries entries={Object.entries(value as object)} />;
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}
