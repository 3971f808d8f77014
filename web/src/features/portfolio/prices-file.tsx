import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type LineError, type PriceImport, refusedLines } from '@/api/parse/market';
import { currenciesQuery, useImportPrices } from '@/api/queries/market';
import { formatDay } from '@/lib/dates';
import { count } from '@/lib/format';
import { Button } from '@/ui/button';
import type { Column } from '@/ui/column';
import { currencyChoices } from '@/ui/currency-choices';
import { DialogFooter } from '@/ui/dialog';
import { FormError } from '@/ui/error-state';
import { Checkbox } from '@/ui/field';
import { FileDrop } from '@/ui/file-drop';
import { Progress } from '@/ui/progress';
import { SelectField } from '@/ui/select';
import { Table } from '@/ui/table';
import { t } from './messages';

/** Reads a file of closes and says what came of every line. */
export function PricesFile({ onClose }: { onClose: () => void }) {
  const load = useImportPrices();
  const currencies = useQuery(currenciesQuery).data?.items ?? [];
  const [file, setFile] = useState<File>();
  const [choices, setChoices] = useState({ create_assets: false, currency: '' });
  const refused = load.error ? refusedLines(load.error.members) : [];
  const send = (chosen: File, with_ = choices) => {
    setFile(chosen);
    setChoices(with_);
    load.mutate({ file: chosen, ...with_ });
  };
  return (
    <div className="flex flex-col gap-4">
      <FileDrop accept=".csv,.txt" disabled={load.isPending} onFile={(chosen) => send(chosen)} />
      <SelectField
        label={t('currency')}
        hint={t('currencyHint')}
        value={choices.currency}
        choices={[{ value: '', label: t('currencyNone') }, ...currencyChoices(currencies, [])]}
        onChange={(event) => setChoices({ ...choices, currency: event.target.value })}
      />
      <Checkbox
        label={t('createAssets')}
        checked={choices.create_assets}
        onChange={(event) => setChoices({ ...choices, create_assets: event.target.checked })}
      />
      {load.isPending && file && <Progress value={undefined} label={t('reading', { file: file.name })} />}
      <FormError error={load.error} />
      {refused.length > 0 && <Errors errors={refused} />}
      {load.data && !load.isPending && (
        <Result
          result={load.data}
          onCreate={file && (() => send(file, { ...choices, create_assets: true }))}
        />
      )}
      <DialogFooter>
        <Button onClick={onClose}>{t('close')}</Button>
      </DialogFooter>
    </div>
  );
}

interface ResultProps {
  result: PriceImport;
  onCreate: (() => void) | undefined;
}

function Result({ result, onCreate }: ResultProps) {
  const { unknown_symbols: unknown, errors, gaps } = result;
  return (
    <div role="status" className="flex flex-col gap-3 text-sm">
      <ul className="rounded-control border border-line p-3">
        <li>{t('read', { count: result.rows_read })}</li>
        <li className="font-semibold">{t('written', { count: result.rows_written })}</li>
        {result.rows_unchanged > 0 && <li>{t('unchanged', { count: result.rows_unchanged })}</li>}
        {result.assets_created > 0 && <li>{t('created', { count: result.assets_created })}</li>}
      </ul>
      {unknown.length > 0 && (
        <div className="flex flex-col items-start gap-2">
          <p>{t('unknownSymbols', { symbols: unknown.join(', ') })}</p>
          {onCreate && <Button onClick={onCreate}>{t('createAndLoad')}</Button>}
        </div>
      )}
      {errors.length > 0 && <Errors errors={errors} />}
      {gaps.length > 0 && (
        <details>
          <summary className="w-fit rounded-sm py-1 text-muted">{t('gaps', { count: gaps.length })}</summary>
          <ul>
            {gaps.map(({ symbol, from, to }) => (
              <li key={`${symbol} ${from}`}>
                {t('gapLine', { symbol, from: formatDay(from), to: formatDay(to) })}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<LineError & { at: number }>[] = [
  { id: 'line', header: t('line'), isRowHeader: true, cell: ({ line }) => count(line) },
  { id: 'column', header: t('column'), cell: ({ column }) => column },
  { id: 'what', header: t('what'), cell: ({ message }) => message },
];

function Errors({ errors }: { errors: readonly LineError[] }) {
  const title = t('errorsTitle', { count: errors.length });
  return (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <div className="max-h-64 overflow-y-auto rounded-control border border-line">
        <Table
          caption={title}
          columns={COLUMNS}
          rows={errors.map((error, at) => ({ ...error, at }))}
          rowKey={({ at }) => String(at)}
        />
      </div>
    </section>
  );
}
