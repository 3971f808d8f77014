import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Asked } from '@/api/parse/explanations';
import type { Holding, Holdings } from '@/api/parse/portfolios';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { type Dec, sum } from '@/lib/decimal';
import { useHotkeys } from '@/lib/hotkeys';
import { usePreference } from '@/lib/preferences';
import { Amount } from '@/ui/amount';
import { Button, buttonClass, IconButton } from '@/ui/button';
import { Card } from '@/ui/card';
import { type Column, parseSort, sortText } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { Empty } from '@/ui/empty';
import { Explained } from '@/ui/explained';
import { Icon } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { Table } from '@/ui/table';
import { useWriteBlock } from '@/ui/write-block';
import { holdingColumns } from './columns';
import { HoldingDetail } from './holding-detail';
import { filterHoldings, HoldingsFilter, isFiltered, NO_FILTER } from './holdings-filter';
import { t } from './messages';
import type { Change, Search } from './search';

interface HoldingsTabProps {
  data: Holdings;
  search: Search;
  onChange: (change: Change) => void;
  onPrice: (holding: Holding) => void;
}

/** What is held, each row opening to its lots. */
export function HoldingsTab({ data, search, onChange, onPrice }: HoldingsTabProps) {
  const [hidden] = usePreference('holdingColumns');
  useHotkeys({ j: () => focusRow(1), k: () => focusRow(-1) });
  if (data.items.length === 0)
    return (
      <Card>
        <Empty icon="portfolio" title={t('noHoldingsTitle')}>
          {t('noHoldingsBody')}
        </Empty>
      </Card>
    );
  const items = filterHoldings(data.items, search);
  const toggle = (id: string) => onChange({ asset: search.asset === id ? undefined : id });
  const columns = [
    nameColumn(search.asset, toggle),
    ...holdingColumns(data).filter(({ id }) => !hidden.includes(id)),
    actionsColumn(data.portfolio_id, onPrice),
  ];
  return (
    <Card title={t('tabHoldings')} action={<ColumnMenu data={data} />} flush>
      <HoldingsFilter items={data.items} search={search} onChange={onChange} />
      <p role="status" className="sr-only">
        {isFiltered(search) && t('found', { count: items.length })}
      </p>
      {items.length === 0 ? (
        <Empty
          icon="filter"
          title={t('noMatchTitle')}
          action={<Button onClick={() => onChange(NO_FILTER)}>{t('clearFilter')}</Button>}
        >
          {t('noMatchBody')}
        </Empty>
      ) : (
        <Table
          caption={t('tabHoldings')}
          columns={columns}
          rows={items}
          rowKey={({ asset_id }) => asset_id}
          sort={parseSort(search.sort)}
          onSort={(sort) => onChange({ sort: sortText(sort) })}
          detail={(item) =>
            item.asset_id === search.asset ? (
              <HoldingDetail data={data} item={item} onPrice={onPrice} />
            ) : undefined
          }
          footer={[{ id: 'total', cells: totals(items, data) }]}
        />
      )}
    </Card>
  );
}

/** j and k go from row to row: the focus is on what opens its lots. */
function focusRow(step: number): void {
  const openers = [...document.querySelectorAll<HTMLElement>('main tbody button[aria-expanded][data-row]')];
  const row = document.activeElement?.closest('tr')?.querySelector<HTMLElement>('button[data-row]');
  const at = row ? openers.indexOf(row) : -1;
  openers[Math.min(openers.length - 1, Math.max(0, at + step))]?.focus();
}

const KEYS_MAX = 100;

type Summed =
  | 'cost_basis'
  | 'market_value'
  | 'unrealised_gain'
  | 'unrealised_gain_price'
  | 'unrealised_gain_fx'
  | 'realised_gain'
  | 'income';

/** Of the columns above it: the portfolio's own totals have its cash in them too. */
function totals(items: readonly Holding[], data: Holdings) {
  const { portfolio_id: of, base_currency: currency, as_of: to } = data;
  const isAll = items.length === data.items.length;
  const part: Pick<Asked, 'by' | 'key'> = isAll
    ? { by: 'holdings' }
    : { by: 'asset', key: items.map(({ asset_id }) => asset_id) };
  const explained = (figure: Summed, cell: ReactNode) =>
    // More keys than that make no address.
    isAll || items.length <= KEYS_MAX ? (
      <Explained asked={{ of, figure, ...part, to }}>{cell}</Explained>
    ) : (
      cell
    );
  const total = (figure: Summed) => sumKnown(items.map((item) => item[figure]));
  const gain = (figure: Summed) =>
    explained(figure, <Gain value={total(figure)} currency={currency} reason={t('noCost')} />);
  const amount = (figure: Summed) =>
    explained(figure, <Amount value={total(figure)} currency={currency} reason={t('noValue')} />);
  return {
    asset: t('total'),
    cost_basis: amount('cost_basis'),
    value: amount('market_value'),
    gain: gain('unrealised_gain'),
    unrealised_gain_price: gain('unrealised_gain_price'),
    unrealised_gain_fx: gain('unrealised_gain_fx'),
    realised_gain: gain('realised_gain'),
    income: gain('income'),
  };
}

/** null where one of them is: a sum of a part would pass for the whole. */
function sumKnown(values: readonly (Dec | null)[]): Dec | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? sum(known) : null;
}

function nameColumn(open: string | undefined, onToggle: (id: string) => void): Column<Holding> {
  return {
    id: 'asset',
    header: t('asset'),
    isRowHeader: true,
    sortValue: symbolOf,
    cell: (item) => {
      const { asset_id } = item;
      const [isOpen, symbol] = [asset_id === open, symbolOf(item)];
      return (
        <span className="flex items-center gap-1 py-1">
          <IconButton
            icon={isOpen ? 'chevronDown' : 'chevronRight'}
            label={t(isOpen ? 'hideLots' : 'showLots', { symbol })}
            aria-expanded={isOpen}
            data-row=""
            className="-ms-2 shrink-0"
            onClick={() => onToggle(asset_id)}
          />
          <span className="min-w-0">
            <Link
              to="/assets/$id"
              params={{ id: asset_id }}
              title={t('openAsset', { symbol })}
              className="inline-flex min-h-6 items-center rounded-sm font-semibold hover:text-accent hover:underline"
            >
              {symbol}
            </Link>
            <span className="line-clamp-2 text-muted text-xs md:max-w-52">{nameBeside(item)}</span>
          </span>
        </span>
      );
    },
  };
}

function actionsColumn(portfolioId: string, onPrice: (holding: Holding) => void): Column<Holding> {
  return {
    id: 'actions',
    header: t('actions'),
    isHeaderHidden: true,
    from: 'md',
    cell: (item) => <Actions portfolioId={portfolioId} item={item} onPrice={onPrice} />,
  };
}

interface ActionsProps {
  portfolioId: string;
  item: Holding;
  onPrice: (holding: Holding) => void;
}

function Actions({ portfolioId, item, onPrice }: ActionsProps) {
  const navigate = useNavigate();
  const block = useWriteBlock();
  const go = (search: object) =>
    void navigate({
      to: '/portfolios/$id/transactions',
      params: { id: portfolioId },
      search: { ...search, asset: item.asset_id } as never,
    });
  return (
    <Menu
      label={t('actionsOf', { symbol: symbolOf(item) })}
      buttonClassName={buttonClass('ghost', 'px-0')}
      items={[
        { id: 'list', label: t('showTransactions'), icon: 'list', run: () => go({}) },
        {
          id: 'asset',
          label: t('openAsset', { symbol: symbolOf(item) }),
          icon: 'chart',
          run: () => void navigate({ to: '/assets/$id', params: { id: item.asset_id } }),
        },
        {
          id: 'add',
          label: t('recordFor'),
          icon: 'plus',
          disabled: block !== undefined,
          run: () => go({ add: true }),
        },
        {
          id: 'price',
          label: t('addPrice'),
          icon: 'chart',
          disabled: block !== undefined,
          run: () => onPrice(item),
        },
      ]}
    >
      <Icon name="more" size={18} />
    </Menu>
  );
}

function ColumnMenu({ data }: { data: Holdings }) {
  const [hidden, setHidden] = usePreference('holdingColumns');
  const items = holdingColumns(data).map(({ id, header }) => {
    const isHidden = hidden.includes(id);
    return {
      id,
      label: header,
      ...(isHidden ? {} : { icon: 'check' as const }),
      run: () => setHidden(isHidden ? hidden.filter((name) => name !== id) : [...hidden, id]),
    };
  });
  return (
    <Menu label={t('columns')} items={items} buttonClassName={buttonClass('ghost', 'px-0 max-md:hidden')}>
      <Icon name="columns" size={18} />
    </Menu>
  );
}
