import { render, screen, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { Column } from './column';
import { Table } from './table';

const rows = [{ name: 'Bond fund', weight: '12%', why: 'It is above its limit.' }];
type Row = (typeof rows)[number];
const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', isRowHeader: true, cell: ({ name }) => name },
  { id: 'weight', header: 'Weight', isNumeric: true, cell: ({ weight }) => weight },
  { id: 'why', header: 'Why', under: true, cell: ({ why }) => why },
  { id: 'term', header: 'Term', from: 'lg', under: 'short', cell: () => 'Long' },
];

function show(isPhone: boolean) {
  vi.spyOn(window, 'matchMedia').mockReturnValue({
    matches: isPhone,
    addEventListener: () => {},
    removeEventListener: () => {},
  } as unknown as MediaQueryList);
  return render(<Table caption="Orders" columns={columns} rows={rows} rowKey={({ name }) => name} />);
}

afterEach(() => vi.restoreAllMocks());

it('has a column for each where there is room', () => {
  show(false);
  expect(screen.getAllByRole('columnheader').map((one) => one.textContent)).toEqual([
    'Name',
    'Weight',
    'Why',
    'Term',
  ]);
  expect(screen.getAllByRole('row')).toHaveLength(2);
  expect(screen.getAllByText('Why')).toHaveLength(1);
});

it('shows under the row, by its name, what a phone has no column for', () => {
  show(true);
  expect(screen.getAllByRole('columnheader').map((one) => one.textContent)).toEqual(['Name', 'Weight']);
  const [, row, under] = screen.getAllByRole('row');
  expect(row).toHaveTextContent('Bond fund12%');
  const cell = within(under as HTMLElement).getByRole('cell');
  expect(cell).toHaveAttribute('colspan', '2');
  expect(
    within(cell)
      .getAllByRole('term')
      .map((one) => one.textContent),
  ).toEqual(['Why', 'Term']);
  const [why, term] = within(cell).getAllByRole('definition');
  expect(why).toHaveTextContent('It is above its limit.');
  expect(term).toHaveTextContent('Long');
  // Words take the whole width, what is short stands beside another.
  expect(why?.parentElement).toHaveClass('col-span-2');
  expect(term?.parentElement).not.toHaveClass('col-span-2');
});
