import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { modelCardQuery } from '@/api/queries/predictions';
import { formatDay } from '@/lib/dates';
import { count, percent } from '@/lib/format';
import { cx } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { t } from './messages';
import { estimate, lossText, SkillCell } from './scores';

const HEIGHT_PX = 320;
/** Told by the dialog's title. */
const IN_TITLE = ['id', 'family'];

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
  const entries = Object.entries(data.card).filter(([key]) => !IN_TITLE.includes(key));
  return <Entries entries={entries} />;
}

function Entries({ entries }: { entries: readonly [string, unknown][] }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[11rem_minmax(0,1fr)]">
      {entries.map(([key, value]) => {
        // What has parts of its own takes the whole width: a table beside a name would have none left.
        const span =
          isRows(value) || (!isPlain(value) && !Array.isArray(value)) ? 'sm:col-span-2' : undefined;
        return (
          <div key={key} className="contents">
            <dt className={cx('text-muted max-sm:mt-1', span)}>{wordOf(key)}</dt>
            <dd className={cx('wrap-break-word min-w-0', span, span && 'sm:ps-4')}>{shown(value)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

const KNOWN = {
  horizon_days: 'days1',
  forecasts: 'made',
  crps_skill: 'overRw',
  crps_skill_over_garch_t: 'overGarch',
  tail_skill: 'tail',
  'coverage_0.8': 'held80',
  'coverage_0.95': 'held95',
  qlike_minus_ewma: 'qlike',
  qlike_minus_ewma_median: 'qlikeMedian',
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
  if (isRows(value)) return <Rows rows={value} />;
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
  if (isPlain(value)) return plainText(value);
  return <Entries entries={Object.entries(value as object)} />;
}

type Row = Readonly<Record<string, unknown>>;

function isRows(value: unknown): value is Row[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((one) => !isPlain(one) && !Array.isArray(one))
  );
}

/** A table of the card, as of a backtest; value, low and high of an estimate stand in one cell. */
function Rows({ rows }: { rows: readonly Row[] }) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = keys.map(
    (key, i): Column<Row> => ({
      id: key,
      header: wordOf(key),
      isNumeric: true,
      isRowHeader: i === 0,
      // A phone has room for two.
      ...(i > 1 ? { under: true } : {}),
      cell: (row) => <span className="whitespace-nowrap">{figure(key, row[key])}</span>,
    }),
  );
  return <Table caption={t('card')} columns={columns} rows={rows} rowKey={(row) => JSON.stringify(row)} />;
}

/** A figure as the scoreboard writes it, where its name says what it is; any other as it stands in the card. */
function figure(key: string, value: unknown): ReactNode {
  if (Array.isArray(value)) {
    const isSkill =
      key.includes('skill') && value.length === 3 && value.every((one) => typeof one === 'number');
    return isSkill ? <SkillCell skill={estimate(key, value)} /> : value.map(String).join(' · ');
  }
  if (typeof value !== 'number') return isPlain(value) ? plainText(value) : JSON.stringify(value);
  if (key.startsWith('coverage_')) return percent(value);
  if (key.startsWith('qlike_')) return lossText(value);
  return Number.isInteger(value) ? count(value) : String(value);
}

function plainText(value: unknown): string {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return formatDay(value);
  return String(value ?? '–');
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}
