import type { Import, Reconciliation as Report } from '@/api/parse/imports';
import { csv, download } from '@/lib/csv';
import { count } from '@/lib/format';
import { Amount, Quantity } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Table } from '@/ui/table';
import { t } from './messages';

type Line = Report['lines'][number];
type Left = Report['not_carried'][number];

const SHOWN = 50;

function figure(pick: (line: Line) => Line['stated']) {
  return (line: Line) =>
    line.is_money ? <Amount value={pick(line)} currency={line.symbol} /> : <Quantity value={pick(line)} />;
}

const LINES: readonly Column<Line>[] = [
  { id: 'symbol', header: t('symbol'), isRowHeader: true, cell: ({ symbol }) => symbol },
  { id: 'account', header: t('account'), from: 'sm', cell: ({ account }) => account },
  { id: 'stated', header: t('stated'), isNumeric: true, cell: figure(({ stated }) => stated) },
  { id: 'booked', header: t('bookedUnits'), isNumeric: true, cell: figure(({ booked }) => booked) },
  {
    id: 'equal',
    header: t('agrees'),
    cell: (line) =>
      line.is_equal ? (
        <Badge tone="accent" icon="check">
          {t('equal')}
        </Badge>
      ) : (
        <Badge tone="danger" icon="warning">
          {t('differs')}
        </Badge>
      ),
  },
];

const LEFT: readonly Column<Left & { at: number }>[] = [
  {
    id: 'line',
    header: t('line'),
    isRowHeader: true,
    cell: ({ line, what }) =>
      [line === null ? '' : count(line), what].filter(Boolean).join(' · ') || t('wholeFile'),
  },
  { id: 'reason', header: t('reason'), cell: ({ reason }) => reason },
  {
    id: 'remedy',
    header: t('remedy'),
    cell: ({ remedy }) => remedy || <span className="text-muted">–</span>,
  },
];

function verdict(report: Report, wrong: number): string {
  if (report.is_equal) return t('reconciliationEqual');
  return wrong > 0 ? t('reconciliationDiffers', { count: wrong }) : t('reconciliationPart');
}

/** For files of other programs: whether units and money agree with them, and what could not be carried over. */
export function Reconciliation({ item }: { item: Import }) {
  const report = item.reconciliation;
  if (!report) return null;
  const wrong = report.lines.filter(({ is_equal }) => !is_equal);
  const lines = [...wrong, ...report.lines.filter(({ is_equal }) => is_equal)].slice(0, SHOWN);
  const hasAccounts = report.lines.some(({ account }) => account);
  const left = report.not_carried.map((one, at) => ({ ...one, at }));
  return (
    <>
      <Card title={t('reconciliationTitle')} flush>
        <p className="px-4 pb-2 text-muted text-sm">
          {verdict(report, wrong.length)}{' '}
          {lines.length < report.lines.length && t('reconciliationFirst', { count: lines.length })}
        </p>
        <div className="max-h-96 overflow-y-auto">
          <Table
            caption={t('reconciliationTitle')}
            columns={hasAccounts ? LINES : LINES.filter(({ id }) => id !== 'account')}
            rows={lines}
            rowKey={({ account, symbol }) => `${account}\n${symbol}`}
          />
        </div>
      </Card>
      {left.length > 0 && (
        <Card title={t('leftTitle', { count: report.not_carried_total })} flush>
          <div className="flex flex-wrap items-center justify-between gap-2 px-4 pb-2">
            <p className="text-muted text-sm">{t('leftNote')}</p>
            <Button icon="download" onClick={() => download('not-carried-over.csv', 'text/csv', asCsv(left))}>
              {t('leftDownload')}
            </Button>
          </div>
          <div className="max-h-96 overflow-y-auto">
            <Table
              caption={t('leftTitle', { count: report.not_carried_total })}
              columns={LEFT}
              rows={left.slice(0, SHOWN)}
              rowKey={({ at }) => String(at)}
            />
          </div>
        </Card>
      )}
    </>
  );
}

function asCsv(left: readonly Left[]): string {
  const rows = left.map(({ line, what, reason, remedy }) => [
    line === null ? '' : String(line),
    what,
    reason,
    remedy,
  ]);
  return csv([['line', 'what', 'reason', 'remedy'], ...rows]);
}
