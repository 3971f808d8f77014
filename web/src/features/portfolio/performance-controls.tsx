import { useQuery } from '@tanstack/react-query';
import { type CSSProperties, useId, useState } from 'react';
import { FLOW_TIMINGS } from '@/api/parse/performance';
import { useAssetSearch } from '@/api/queries/asset-search';
import { tagsQuery } from '@/api/queries/changes';
import { accountsQuery, holdingsQuery } from '@/api/queries/portfolios';
import { assetLabel, symbolOf } from '@/lib/asset-name';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { SelectField } from '@/ui/select';
import { t } from './messages';
import { type ScopeKind, splitScope } from './question';
import type { Change, Search } from './search';

const KINDS = ['portfolio', 'account', 'asset', 'tag'] as const;
const PLACE = {
  positionArea: 'bottom span-left',
  positionTryFallbacks: 'flip-inline, flip-block',
} as CSSProperties;

interface ControlsProps {
  portfolioId: string;
  search: Search;
  /** Of the benchmark in the answer: the URL knows its id alone. */
  benchmark: string | undefined;
  onChange: (change: Change) => void;
}

/** What is measured, and beside what. */
export function PerformanceControls({ portfolioId, search, benchmark, onChange }: ControlsProps) {
  return (
    <div className="mb-4 grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-[10rem_minmax(0,1fr)_minmax(0,1fr)_auto]">
      <ScopePicker
        key={`scope ${search.scope ?? ''}`}
        portfolioId={portfolioId}
        scope={search.scope}
        onChange={onChange}
      />
      <BenchmarkPicker
        key={`benchmark ${search.benchmark ?? ''}`}
        id={search.benchmark}
        label={benchmark}
        onChange={onChange}
      />
      <Advanced search={search} onChange={onChange} />
    </div>
  );
}

interface ScopeProps {
  portfolioId: string;
  scope: string | undefined;
  onChange: (change: Change) => void;
}

function ScopePicker({ portfolioId, scope, onChange }: ScopeProps) {
  const [chosen, key] = splitScope(scope);
  const [kind, setKind] = useState<ScopeKind>(chosen);
  const accounts = useQuery({ ...accountsQuery(portfolioId), enabled: kind === 'account' }).data?.items ?? [];
  const holdings = useQuery(holdingsQuery(portfolioId)).data?.items ?? [];
  const tags = useQuery({ ...tagsQuery(portfolioId), enabled: kind === 'tag' }).data?.items ?? [];
  const named = (items: readonly { name: string }[]) =>
    items.map(({ name }) => ({ value: name, label: name }));
  const parts = {
    portfolio: [],
    account: named(accounts),
    asset: holdings.map((asset) => ({ value: asset.asset_id, label: symbolOf(asset) })),
    tag: named(tags),
  }[kind];
  const value = kind === chosen ? key : '';
  const isKnown = value === '' || parts.some((part) => part.value === value);
  return (
    <>
      <SelectField
        label={t('scope')}
        value={kind}
        choices={KINDS.map((one) => ({ value: one, label: t(`scope_${one}`) }))}
        onChange={(event) => {
          const next = event.target.value as ScopeKind;
          setKind(next);
          if (next === 'portfolio') onChange({ scope: undefined });
        }}
      />
      {kind === 'portfolio' ? (
        <div className="max-lg:hidden" />
      ) : (
        <SelectField
          label={t(`scope_${kind}`)}
          value={value}
          choices={[
            ...(value === '' ? [{ value: '', label: t('scopeChoose') }] : []),
            ...(isKnown ? [] : [{ value, label: value }]),
            ...parts,
          ]}
          onChange={(event) => event.target.value && onChange({ scope: `${kind}:${event.target.value}` })}
        />
      )}
    </>
  );
}

interface BenchmarkProps {
  id: string | undefined;
  label: string | undefined;
  onChange: (change: Change) => void;
}

function BenchmarkPicker({ id, label, onChange }: BenchmarkProps) {
  const [typed, setTyped] = useState<string>();
  const { items, isSearching } = useAssetSearch(typed);
  return (
    <div className="flex items-start gap-2">
      <Combobox
        label={t('benchmark')}
        className="grow"
        placeholder={t('benchmarkPlaceholder')}
        text={typed ?? (id ? (label ?? '…') : '')}
        onText={setTyped}
        isSearching={isSearching}
        options={items.map((asset) => ({
          id: asset.id,
          label: assetLabel(asset),
          note: asset.currency,
        }))}
        onChoose={(option) => onChange({ benchmark: option.id })}
      />
      {id && (
        <Button className="mt-6" onClick={() => onChange({ benchmark: undefined })}>
          {t('benchmarkRemove')}
        </Button>
      )}
    </div>
  );
}

function Advanced({ search, onChange }: { search: Search; onChange: (change: Change) => void }) {
  const id = useId();
  return (
    <div className="lg:mt-6">
      <Button popoverTarget={id} aria-haspopup="dialog">
        {t('advanced')}
      </Button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={t('advanced')}
        style={PLACE}
        className="my-1 w-80 max-w-[calc(100vw-2rem)] rounded-control border border-control bg-panel p-4 text-text shadow-card"
      >
        <div className="flex flex-col gap-3">
          <SelectField
            label={t('timing')}
            hint={t('timingHint')}
            value={search.timing}
            choices={FLOW_TIMINGS.map((value) => ({ value, label: t(`timing_${value}`) }))}
            onChange={(event) => onChange({ timing: event.target.value as Search['timing'] })}
          />
          <SelectField
            label={t('feesShown')}
            hint={t('feesShownHint')}
            value={search.fees ?? ''}
            choices={[
              { value: '', label: t('feesAsPortfolio') },
              { value: 'in', label: t('feesIn') },
              { value: 'apart', label: t('feesApart') },
            ]}
            onChange={(event) => onChange({ fees: (event.target.value || undefined) as Search['fees'] })}
          />
        </div>
      </div>
    </div>
  );
}
