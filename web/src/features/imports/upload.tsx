import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Import } from '@/api/parse/imports';
import { isApiError } from '@/api/problem';
import { importFormatsQuery, useUploadImport } from '@/api/queries/imports';
import { currenciesQuery } from '@/api/queries/market';
import { accountsQuery } from '@/api/queries/portfolios';
import { bytes } from '@/lib/format';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { currencyChoices } from '@/ui/currency-choices';
import { FormError } from '@/ui/error-state';
import { TextField } from '@/ui/field';
import { FileDrop } from '@/ui/file-drop';
import { Progress } from '@/ui/progress';
import { SelectField } from '@/ui/select';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

const NO_CHOICES = { format: '', account: '', encoding: '', decimal: '', date_order: '', currency: '' };
type Choices = typeof NO_CHOICES;

interface UploadProps {
  portfolioId: string;
  onRead: (made: Import) => void;
}

/** A file is read as soon as it is chosen; what the reader could not find out is chosen below and it reads again. */
export function Upload({ portfolioId, onRead }: UploadProps) {
  const [file, setFile] = useState<File>();
  const [choices, setChoices] = useState(NO_CHOICES);
  const upload = useUploadImport();
  const formats = useQuery(importFormatsQuery).data?.items;
  const block = useWriteBlock();
  const read = (chosen: File, with_: Partial<Choices> = {}) => {
    setFile(chosen);
    const all = { ...choices, ...with_ };
    setChoices(all);
    upload.mutate({ portfolioId, file: chosen, ...all }, { onSuccess: onRead });
  };
  return (
    <Card>
      <div className="flex flex-col gap-4">
        <FileDrop
          accept={acceptOf(formats)}
          hint={t('formats')}
          disabled={upload.isPending || block !== undefined}
          onFile={(chosen) => read(chosen)}
        />
        {block && <p className="text-muted text-sm">{block}</p>}
        {upload.isPending && file && (
          <div role="status" className="flex flex-col gap-2 text-sm">
            {t('reading', { file: file.name })}
            <Progress value={undefined} label={t('reading', { file: file.name })} />
          </div>
        )}
        {upload.error && file && (
          <Trouble
            error={upload.error}
            file={file}
            formats={formats ?? []}
            onRead={(with_) => read(file, with_)}
          />
        )}
        <Options
          portfolioId={portfolioId}
          formats={formats ?? []}
          choices={choices}
          onChange={(part) => setChoices({ ...choices, ...part })}
        />
        {upload.error && file && !upload.isPending && (
          <Button kind="primary" icon="refresh" className="self-start" onClick={() => read(file)}>
            {t('tryAgain')}
          </Button>
        )}
      </div>
    </Card>
  );
}

type Formats = readonly { id: string; name: string; extensions: readonly string[] }[];

function acceptOf(formats: Formats | undefined): string {
  return [...new Set(formats?.flatMap(({ extensions }) => extensions) ?? ['.csv', '.json', '.xml'])].join(
    ',',
  );
}

interface TroubleProps {
  error: Error;
  file: File;
  formats: Formats;
  onRead: (choices: Partial<Choices>) => void;
}

/** Why the file could not be read, and the answers that may mend it, one click each. */
function Trouble({ error, file, formats, onRead }: TroubleProps) {
  const isEncoding = isApiError(error, 'unreadable-file') && error.members.code === 'encoding';
  const isFormat = isApiError(error, 'unknown-format') || isApiError(error, 'ambiguous-format');
  const named = isApiError(error) && Array.isArray(error.members.candidates) ? error.members.candidates : [];
  const candidates = formats.filter(({ id }) => named.includes(id));
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p className="text-muted">{t('chosen', { file: file.name, size: bytes(file.size) })}</p>
      <FormError error={error} />
      {isApiError(error) && error.faults.map(({ detail }) => <p key={detail}>{detail}</p>)}
      <p className="font-medium">{t(isEncoding ? 'mendEncoding' : isFormat ? 'mendFormat' : 'mendOther')}</p>
      <div className="flex flex-wrap gap-2">
        {isEncoding && (
          <Button onClick={() => onRead({ encoding: 'cp1252' })}>
            {t('readAs', { what: 'Windows-1252' })}
          </Button>
        )}
        {candidates.map(({ id, name }) => (
          <Button key={id} onClick={() => onRead({ format: id })}>
            {t('readAs', { what: name })}
          </Button>
        ))}
      </div>
    </div>
  );
}

const ENCODINGS = ['utf-8', 'cp1252', 'iso-8859-15', 'utf-16', 'mac_roman'] as const;
const ENCODING_NAMES: Record<(typeof ENCODINGS)[number], string> = {
  'utf-8': 'UTF-8',
  cp1252: 'Windows-1252',
  'iso-8859-15': 'ISO 8859-15',
  'utf-16': 'UTF-16',
  mac_roman: 'Mac Roman',
};

interface OptionsProps {
  portfolioId: string;
  formats: Formats;
  choices: Choices;
  onChange: (part: Partial<Choices>) => void;
}

function Options({ portfolioId, formats, choices, onChange }: OptionsProps) {
  const accounts = useQuery(accountsQuery(portfolioId)).data?.items ?? [];
  const currencies = useQuery(currenciesQuery).data?.items ?? [];
  const field = (name: keyof Choices) => ({
    value: choices[name],
    onChange: ({ target }: { target: { value: string } }) => onChange({ [name]: target.value }),
  });
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t('format')}
          choices={[
            { value: '', label: t('formatAuto') },
            { value: 'mapped', label: t('formatMapped') },
            ...formats.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          {...field('format')}
        />
        <TextField
          label={t('account')}
          isOptional
          hint={t('accountHint')}
          list="import-accounts"
          autoComplete="off"
          {...field('account')}
        />
        <datalist id="import-accounts">
          {accounts.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <details>
        <summary className="w-fit rounded-sm py-1 text-muted text-sm">{t('options')}</summary>
        <div className="mt-2 grid grid-cols-2 gap-4 lg:grid-cols-4">
          <SelectField
            label={t('encoding')}
            choices={[
              { value: '', label: t('encodingAuto') },
              ...ENCODINGS.map((value) => ({ value, label: ENCODING_NAMES[value] })),
            ]}
            {...field('encoding')}
          />
          <SelectField
            label={t('decimal')}
            choices={[
              { value: '', label: t('decimalAuto') },
              { value: '.', label: t('decimalPoint') },
              { value: ',', label: t('decimalComma') },
            ]}
            {...field('decimal')}
          />
          <SelectField
            label={t('dateOrder')}
            choices={[
              { value: '', label: t('dateAuto') },
              { value: 'dmy', label: t('dmy') },
              { value: 'mdy', label: t('mdy') },
            ]}
            {...field('date_order')}
          />
          <SelectField
            label={t('currency')}
            choices={[{ value: '', label: t('currencyNone') }, ...currencyChoices(currencies, [])]}
            {...field('currency')}
          />
        </div>
      </details>
    </>
  );
}
