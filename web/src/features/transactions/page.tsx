import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import type { Transaction } from '@/api/parse/transactions';
import { isApiError } from '@/api/problem';
import { transactionsQuery } from '@/api/queries/transactions';
import { useHotkeys } from '@/lib/hotkeys';
import { usePreference } from '@/lib/preferences';
import { Button, buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { parseSort, sortText } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { useSearchState } from '@/ui/search-state';
import { SkeletonRows } from '@/ui/skeleton';
import { type RowSelectionState, VirtualTable } from '@/ui/virtual-table';
import { useWriteBlock } from '@/ui/write-block';
import { Attention } from './attention';
import { BulkBar } from './bulk-bar';
import { COLUMNS, CompactRow, editColumn } from './columns';
import { ExportButton } from './export-button';
import { FilterBar } from './filter-bar';
import { type Change, CLEARED, countFilters, filterOf, SEARCH, type Search, SORT_DEFAULT } from './filters';
import { useInlineEdit } from './inline-edit';
import { t } from './messages';

const FormDialog = lazy(() => import('./form-dialog'));
const Detail = lazy(() => import('./detail'));

// The same height for rows, their skeleton and what stands in their place, so that nothing moves.
const TABLE_HEIGHT = 'max(20rem, calc(100dvh - 19rem))';

export default function TransactionsPage() {
  const { id = '' } = useParams({ strict: false });
  const [search, setSearch] = useSearchState(SEARCH);
  const block = useWriteBlock();
  const filter = filterOf(search);
  const list = useInfiniteQuery(transactionsQuery(id, filter));
  const total = list.data?.pages[0]?.total ?? undefined;
  const add = useCallback(() => setSearch({ add: true }), [setSearch]);
  useHotkeys({ n: add });
  return (
    <>
      <PageHeader title={t('title')} note={noteOf(search, total, list.isError)}>
        {!isApiError(list.error, 'portfolio-not-found') && (
          <>
            <ExportButton portfolioId={id} filter={filter} disabled={!total} />
            <Button kind="primary" icon="plus" disabled={block !== undefined} title={block} onClick={add}>
              {t('add')}
            </Button>
          </>
        )}
      </PageHeader>
      <Attention portfolioId={id} onChange={setSearch} />
      <Card flush>
        <div className="flex items-start">
          <div className="min-w-0 grow">
            <FilterBar portfolioId={id} search={search} onChange={setSearch} />
          </div>
          <ColumnMenu />
        </div>
        <div className="border-line border-t">
          <List portfolioId={id} search={search} onChange={setSearch} />
        </div>
      </Card>
      <Suspense>
        <Dialogs portfolioId={id} search={search} onChange={setSearch} />
      </Suspense>
    </>
  );
}

function noteOf(search: Search, total: number | undefined, isFailed: boolean): string {
  if (total !== undefined) return t(countWord(search), { count: total });
  return t(isFailed ? 'failedNote' : 'loadingNote');
}

function countWord(search: Search) {
  if (search.import && countFilters(search) === 1) return 'countImport';
  return countFilters(search) ? 'countFound' : 'countAll';
}

interface PartProps {
  portfolioId: string;
  search: Search;
  onChange: (change: Change) => void;
}

function List({ portfolioId, search, onChange }: PartProps) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    transactionsQuery(portfolioId, filterOf(search)),
  );
  const [hidden] = usePreference('columns');
  const [selected, setSelected] = useState<RowSelectionState>({});
  const { start, editing } = useInlineEdit(portfolioId);
  const isBlocked = useWriteBlock() !== undefined;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (error && !data)
    return (
      <Room>
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={320} />
      </Room>
    );
  if (!data)
    return (
      <Room>
        <SkeletonRows rows={16} />
      </Room>
    );
  const rows = data.pages.flatMap(({ items }) => items);
  if (rows.length === 0)
    return (
      <Room>
        <NoRows portfolioId={portfolioId} search={search} onChange={onChange} />
      </Room>
    );
  const ticked = rows.filter(({ id }) => selected[id]);
  const edit = (row: Transaction) => {
    if (!isBlocked && !row.reversed_by_id && !row.reverses_id) start(row);
  };
  return (
    <>
      <BulkBar portfolioId={portfolioId} items={ticked} onClear={() => setSelected({})} />
      <VirtualTable
        label={t('title')}
        columns={[...COLUMNS, editColumn(edit)]}
        selected={selected}
        onSelect={setSelected}
        editing={editing}
        onEdit={edit}
        hidden={hidden}
        rows={rows}
        rowKey={(row) => row.id}
        total={data.pages[0]?.total ?? null}
        sort={parseSort(search.sort)}
        onSort={(sort) => {
          const text = sortText(sort);
          onChange({ sort: text === SORT_DEFAULT ? undefined : text });
        }}
        onEnd={more}
        onRow={(row) => onChange({ open: row.id })}
        compact={(item) => <CompactRow item={item} />}
        height={ticked.length ? `calc(${TABLE_HEIGHT} - 3.25rem)` : TABLE_HEIGHT}
      />
    </>
  );
}

/** As high as the table and the line under it. */
function Room({ children }: { children: ReactNode }) {
  return (
    <div className="overflow-hidden" style={{ height: `calc(${TABLE_HEIGHT} + 2.0625rem)` }}>
      {children}
    </div>
  );
}

function NoRows({ portfolioId, search, onChange }: PartProps) {
  if (countFilters(search) > 0)
    return (
      <Empty
        icon="filter"
        title={t('noMatchTitle')}
        action={<Button onClick={() => onChange(CLEARED)}>{t('clear')}</Button>}
      >
        {t('noMatchBody')}
      </Empty>
    );
  return (
    <Empty
      icon="list"
      title={t('emptyTitle')}
      action={
        <>
          <Button kind="primary" icon="plus" onClick={() => onChange({ add: true })}>
            {t('add')}
          </Button>
          <Link to="/portfolios/$id/import" params={{ id: portfolioId }} className={buttonClass()}>
            {t('importFile')}
          </Link>
        </>
      }
    >
      {t('emptyBody')}
    </Empty>
  );
}

function Dialogs({ portfolioId, search, onChange }: PartProps) {
  const mode = search.add ? 'add' : search.edit ? 'edit' : search.again ? 'again' : undefined;
  return (
    <>
      {mode && (
        <FormDialog
          key={mode}
          portfolioId={portfolioId}
          mode={mode}
          id={search.edit ?? search.again}
          assetId={mode === 'add' ? search.asset : undefined}
          repair={search.repair}
          onClose={() => onChange({ add: undefined, edit: undefined, again: undefined, repair: undefined })}
        />
      )}
      {!mode && search.open && (
        <Detail key={search.open} portfolioId={portfolioId} id={search.open} onChange={onChange} />
      )}
    </>
  );
}

function ColumnMenu() {
  const [hidden, setHidden] = usePreference('columns');
  const items = COLUMNS.filter(({ isRowHeader }) => !isRowHeader).map(({ id, header }) => {
    const isHidden = hidden.includes(id);
    return {
      id,
      label: header,
      ...(isHidden ? {} : { icon: 'check' as const }),
      run: () => setHidden(isHidden ? hidden.filter((name) => name !== id) : [...hidden, id]),
    };
  });
  return (
    <Menu
      label={t('columns')}
      items={items}
      buttonClassName={buttonClass('ghost', 'm-3 ms-0 px-0 max-md:hidden')}
    >
      <Icon name="columns" size={18} />
    </Menu>
  );
}
