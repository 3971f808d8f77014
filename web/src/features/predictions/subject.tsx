import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePortfolio } from '@/api/contexts';
import type { Goal } from '@/api/parse/advice';
import { assetQuery } from '@/api/queries/market';
import { holdingsQuery, portfoliosQuery } from '@/api/queries/portfolios';
import type { Subject } from '@/api/queries/predictions';
import { assetLabel, symbolOf } from '@/lib/asset-name';
import { Field, inputClass } from '@/ui/field';
import { Segmented } from '@/ui/segmented';
import { SelectField } from '@/ui/select';
import { AssetSearch } from './asset-search';
import { t } from './messages';
import { HORIZON_MAX, HORIZONS, parseHorizon } from './search';

/** What a subject is called and in what it is counted; undefined until it is known. */
export interface Named {
  name: string;
  /** Its whole name, where the short one is a symbol. */
  fullName: string;
  isSimulated: boolean;
}

export function useNamed(subject: Subject | undefined): Named | undefined {
  const asset = useQuery({ ...assetQuery(subject?.id ?? ''), enabled: subject?.kind === 'asset' }).data;
  const portfolios = useQuery(portfoliosQuery).data?.items;
  if (subject?.kind === 'asset')
    return asset && { name: symbolOf(asset), fullName: asset.name, isSimulated: asset.is_simulated };
  const portfolio = portfolios?.find(({ id }) => id === subject?.id);
  return portfolio && { name: portfolio.name, fullName: portfolio.name, isSimulated: portfolio.is_demo };
}

export type Choice = Subject | { kind: 'goal'; id: string };

interface SubjectPickerProps {
  subject: Choice | undefined;
  named: Named | undefined;
  goals: readonly Goal[];
  onChoose: (choice: Choice) => void;
}

/** Portfolios and what is held are at hand; any other asset is searched for. */
export function SubjectPicker({ subject, named, goals, onChoose }: SubjectPickerProps) {
  const { portfolioId } = usePortfolio();
  const portfolios = useQuery(portfoliosQuery).data?.items ?? [];
  const held =
    useQuery({ ...holdingsQuery(portfolioId ?? ''), enabled: portfolioId !== undefined }).data?.items ?? [];
  const choices = [
    ...portfolios.map(({ id, name }) => ({ value: `portfolio:${id}`, label: t('whole', { name }) })),
    ...goals.map(({ id, name }) => ({ value: `goal:${id}`, label: t('goal', { name }) })),
    ...held.map((asset) => ({ value: `asset:${asset.asset_id}`, label: assetLabel(asset) })),
  ];
  const current = subject && `${subject.kind}:${subject.id}`;
  const isListed = choices.some(({ value }) => value === current);
  const shown = isListed || !current ? choices : [{ value: current, label: labelOf(named) }, ...choices];
  const choose = (value: string) => {
    const [kind, id = ''] = value.split(':');
    onChoose({ kind: kind === 'portfolio' || kind === 'goal' ? kind : 'asset', id });
  };
  return (
    <div className="grid grow basis-96 gap-3 sm:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <SelectField
        label={t('subject')}
        value={current ?? ''}
        choices={current ? shown : [{ value: '', label: '–' }, ...shown]}
        onChange={(event) => event.target.value && choose(event.target.value)}
      />
      <AssetSearch
        label={t('another')}
        placeholder={t('anotherHint')}
        onChoose={({ id }) => onChoose({ kind: 'asset', id })}
      />
    </div>
  );
}

function labelOf(named: Named | undefined): string {
  if (!named) return '…';
  return named.name === named.fullName ? named.name : `${named.name} · ${named.fullName}`;
}

interface HorizonPickerProps {
  days: number;
  onChoose: (days: number) => void;
}

/** Presets, and any whole number of days up to a year. */
export function HorizonPicker({ days, onChoose }: HorizonPickerProps) {
  const [typed, setTyped] = useState<string>();
  const wanted = typed === undefined ? days : parseHorizon(typed);
  const isWrong = typed !== '' && wanted === undefined;
  const leave = () => {
    if (wanted !== undefined && wanted !== days) onChoose(wanted);
    setTyped(undefined);
  };
  return (
    <div className="flex flex-wrap items-end gap-3">
      <div className="flex flex-col gap-1">
        <span className="font-medium text-sm" aria-hidden="true">
          {t('horizon')}
        </span>
        <Segmented
          label={t('horizon')}
          className="min-h-9 items-center"
          choices={HORIZONS.map((one) => ({ value: String(one), label: String(one) }))}
          value={String(days)}
          onChange={(value) => {
            setTyped(undefined);
            onChoose(HORIZONS.find((one) => String(one) === value) ?? days);
          }}
        />
      </div>
      <Field
        label={<span className="sr-only">{t('ownDays')}</span>}
        error={isWrong ? t('ownDaysWrong', { most: HORIZON_MAX }) : undefined}
        className="w-24"
      >
        {(parts) => (
          <input
            {...parts}
            inputMode="numeric"
            autoComplete="off"
            title={t('ownDays')}
            className={`${inputClass} text-end`}
            value={typed ?? String(days)}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={leave}
            onKeyDown={(event) => event.key === 'Enter' && leave()}
          />
        )}
      </Field>
    </div>
  );
}
