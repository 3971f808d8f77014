import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { TRANSACTION_TYPES } from '@/api/parse/transactions';
import { tagsQuery } from '@/api/queries/changes';
import { assetQuery } from '@/api/queries/market';
import { accountsQuery } from '@/api/queries/portfolios';
import { isDay } from '@/lib/dates';
import { customRange, customSpan } from '@/lib/range';
import { Button } from '@/ui/button';
import { cx } from '@/ui/class';
import { Checkbox, inputClass } from '@/ui/field';
import { Select } from '@/ui/select';
import { AssetField } from './asset-field';
import { ALL_TIME, type Change, CLEARED, countFilters, type Search } from './filters';
import { t } from './messages';
import { isTransactionType, typeLabel } from './types';

const TYPING_MS = 250;
const CUSTOM = 'custom';
const PERIODS = ['YTD', '1M', '3M', '6M', '1Y', '5Y'] as const;

interface FilterBarProps {
  portfolioId: string;
  search: Search;
  onChange: (change: Change) => void;
}

export function FilterBar({ portfolioId, search, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const set = countFilters(search);
  return (
    <div role="search" className="flex flex-wrap items-center gap-2 p-3">
      <SearchField
        key={search.query === undefined ? 'none' : 'some'}
        value={search.query}
        onChange={(query) => onChange({ query })}
      />
      <Button icon="filter" className="md:hidden" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {set ? t('filtersSet', { count: set }) : t('filters')}
      </Button>
      <div
        className={cx('grid w-full grid-cols-2 items-center gap-2 md:contents', !isOpen && 'max-md:hidden')}
      >
        <Choices portfolioId={portfolioId} search={search} onChange={onChange} />
      </div>
      {set > 0 && (
        <Button
          kind="ghost"
          icon="close"
          className="md:px-0"
          title={t('clear')}
          onClick={() => onChange(CLEARED)}
        >
          <span className="md:sr-only">{t('clear')}</span>
        </Button>
      )}
    </div>
  );
}

function Choices({ portfolioId, search, onChange }: FilterBarProps) {
  const accounts = useQuery(accountsQuery(portfolioId)).data?.items ?? [];
  const names = new Set([...accounts.map(({ name }) => name), ...(search.account ? [search.account] : [])]);
  const tags = useQuery(tagsQuery(portfolioId)).data?.items ?? [];
  const labels = [...new Set([...tags.map(({ name }) => name), ...(search.tag ? [search.tag] : [])])];
  return (
    <>
      <Select
        aria-label={t('type')}
        className="md:w-36"
        value={search.type ?? ''}
        choices={[
          { value: '', label: t('allTypes') },
          ...TRANSACTION_TYPES.map((value) => ({ value, label: typeLabel(value) })),
        ]}
        onChange={({ target }) =>
          onChange({ type: isTransactionType(target.value) ? target.value : undefined })
        }
      />
      <Select
        aria-label={t('account')}
        className="md:w-36"
        value={search.account ?? ''}
        choices={[
          { value: '', label: t('allAccounts') },
          ...[...names].map((value) => ({ value, label: value })),
        ]}
        onChange={({ target }) => onChange({ account: target.value || undefined })}
      />
      {labels.length > 0 && (
        <Select
          aria-label={t('tag')}
          className="md:w-32"
          value={search.tag ?? ''}
          choices={[{ value: '', label: t('allTags') }, ...labels.map((value) => ({ value, label: value }))]}
          onChange={({ target }) => onChange({ tag: target.value || undefined })}
        />
      )}
      <AssetFilter id={search.asset} onChange={(asset) => onChange({ asset })} />
      <Period value={search.period} onChange={(period) => onChange({ period })} />
      <Checkbox
        label={t('showReversed')}
        checked={search.reversed ?? false}
        onChange={({ target }) => onChange({ reversed: target.checked || undefined })}
      />
    </>
  );
}

/** What is typed goes into the URL once it rests. */
function SearchField({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => {
    if (text === (value ?? '')) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <input
      type="search"
      aria-label={t('search')}
      placeholder={t('searchHint')}
      className={cx(inputClass, 'min-w-40 flex-1 md:max-w-52')}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}

function AssetFilter({
  id,
  onChange,
}: {
  id: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { data } = useQuery({ ...assetQuery(id ?? ''), enabled: id !== undefined });
  return (
    <AssetField
      label={t('asset')}
      placeholder={t('anyAsset')}
      className="[&_label]:sr-only [&_p]:sr-only md:w-40"
      value={id === undefined ? undefined : data}
      onValue={(asset) => onChange(asset?.id)}
    />
  );
}

function Period({ value, onChange }: { value: string; onChange: (value: string | undefined) => void }) {
  const custom = customSpan(value);
  const [isCustom, setCustom] = useState(custom !== undefined);
  const [days, setDays] = useState(custom ?? { from: '', to: '' });
  const change = (part: Partial<typeof days>) => {
    const next = { ...days, ...part };
    setDays(next);
    if (isDay(next.from) && isDay(next.to) && next.from <= next.to) onChange(customRange(next.from, next.to));
  };
  const isShown = isCustom || custom !== undefined;
  return (
    <>
      <Select
        aria-label={t('period')}
        className="md:w-36"
        value={isShown ? CUSTOM : value}
        choices={[
          { value: ALL_TIME, label: t('allTime') },
          ...PERIODS.map((name) => ({ value: name as string, label: t(`period${name}`) })),
          { value: CUSTOM, label: t('customPeriod') },
        ]}
        onChange={({ target }) => {
          setCustom(target.value === CUSTOM);
          if (target.value !== CUSTOM) onChange(target.value === ALL_TIME ? undefined : target.value);
        }}
      />
      {isShown &&
        (['from', 'to'] as const).map((name) => (
          <input
            key={name}
            type="date"
            aria-label={t(name)}
            className={cx(inputClass, 'md:w-36')}
            value={days[name]}
            onChange={({ target }) => change({ [name]: target.value })}
          />
        ))}
    </>
  );
}
