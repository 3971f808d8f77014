import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { ROW_PX, VirtualTable } from './virtual-table';

const SCREEN_PX = 640;

beforeEach(() => {
  // A layout for a place that has none: the virtualizer asks for these two.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(SCREEN_PX);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});

const rows = Array.from({ length: 10_000 }, (_, i) => ({ id: `r${i}`, name: `Row ${i}` }));
const columns = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    isSortable: true,
    cell: (row: { name: string }) => row.name,
  },
  { id: 'id', header: 'Id', cell: (row: { id: string }) => row.id },
];

it('keeps 10,000 rows within 60 rows and 600 nodes', () => {
  const { container } = render(
    <VirtualTable label="Rows" columns={columns} rows={rows} rowKey={(row) => row.id} total={10_000} />,
  );
  const shown = screen.getAllByRole('row').length;
  expect(shown).toBeGreaterThan(SCREEN_PX / ROW_PX);
  expect(shown).toBeLessThanOrEqual(60);
  expect(container.querySelectorAll('*').length).toBeLessThanOrEqual(600);
});

it('says how many rows there are, or that it cannot know', () => {
  const props = { label: 'Rows', columns, rows: rows.slice(0, 5), rowKey: (row: { id: string }) => row.id };
  const { rerender } = render(<VirtualTable {...props} total={80} />);
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '81');
  expect(screen.getByRole('status')).toHaveTextContent('5 of 80 rows loaded');
  rerender(<VirtualTable {...props} total={null} />);
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '-1');
});

it('hides columns, and keeps the header’s order', () => {
  render(
    <VirtualTable
      label="Rows"
      columns={columns}
      hidden={['id']}
      rows={rows}
      rowKey={(row) => row.id}
      total={null}
    />,
  );
  expect(screen.getAllByRole('columnheader').map((cell) => cell.textContent)).toEqual(['Name']);
});

it('moves from row to row by j and k, and opens one by Enter', async () => {
  const open = vi.fn();
  render(
    <VirtualTable
      label="Rows"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      total={null}
      onRow={(row) => open(row.id)}
    />,
  );
  const user = userEvent.setup();
  const focused = () => waitFor(() => expect(document.activeElement).toHaveAttribute('data-row'));
  await user.keyboard('j');
  await focused();
  await user.keyboard('j');
  await waitFor(() => expect(document.activeElement).toHaveAttribute('data-row', '1'));
  await user.keyboard('{Enter}');
  expect(open).toHaveBeenCalledWith('r1');
  await user.keyboard('k');
  await waitFor(() => expect(document.activeElement).toHaveAttribute('data-row', '0'));
});

it('changes the row that j went to, also when e follows within one frame', () => {
  const edit = vi.fn();
  render(
    <VirtualTable
      label="Rows"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      total={null}
      onEdit={(row) => edit(row.id)}
    />,
  );
  for (const key of ['j', 'j', 'e']) fireEvent.keyDown(document.activeElement ?? document.body, { key });
  expect(edit).toHaveBeenCalledWith('r1');
});

it('chooses one row and all of them, and forgets what is taken back', async () => {
  const few = rows.slice(0, 3);
  function Page() {
    const [selected, setSelected] = useState({});
    return (
      <>
        <VirtualTable
          label="Rows"
          columns={columns}
          rows={few}
          rowKey={(row) => row.id}
          total={3}
          selected={selected}
          onSelect={setSelected}
        />
        <output>{JSON.stringify(selected)}</output>
      </>
    );
  }
  const { container } = render(<Page />);
  const chosen = () => JSON.parse(container.querySelector('output')?.textContent ?? '');
  const [first] = screen.getAllByRole('checkbox', { name: 'Select row' });
  await userEvent.click(first as HTMLElement);
  expect(chosen()).toEqual({ r0: true });
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select all loaded rows' }));
  expect(chosen()).toEqual({ r0: true, r1: true, r2: true });
  await userEvent.click(first as HTMLElement);
  expect(chosen()).toEqual({ r1: true, r2: true });
});

it('draws the rows that a scroll brings into sight, and no others', () => {
  render(<VirtualTable label="Rows" columns={columns} rows={rows} rowKey={(row) => row.id} total={10_000} />);
  const table = screen.getByRole('table');
  table.scrollTop = ROW_PX * 5000;
  fireEvent.scroll(table);
  expect(screen.getByText('Row 5000')).toBeInTheDocument();
  expect(screen.queryByText('Row 0')).not.toBeInTheDocument();
  expect(screen.getAllByRole('row').length).toBeLessThanOrEqual(60);
});

it('tells the whole text of a cell that is cut off, and of no other', () => {
  render(<VirtualTable label="Rows" columns={columns} rows={rows} rowKey={(row) => row.id} total={10_000} />);
  const cell = screen.getByRole('rowheader', { name: 'Row 1' });
  const width = vi.spyOn(cell, 'scrollWidth', 'get').mockReturnValue(2000);
  fireEvent.pointerOver(cell);
  expect(cell).toHaveAttribute('title', 'Row 1');
  width.mockReturnValue(1);
  const height = vi.spyOn(cell, 'scrollHeight', 'get').mockReturnValue(SCREEN_PX);
  fireEvent.pointerOver(cell);
  expect(cell.title).toBe('');
  // A third line of words.
  height.mockReturnValue(SCREEN_PX + 18);
  fireEvent.pointerOver(cell);
  expect(cell).toHaveAttribute('title', 'Row 1');
});
