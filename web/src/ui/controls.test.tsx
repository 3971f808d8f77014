import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/problem';
import { type Dec, dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { Button } from './button';
import { Combobox } from './combobox';
import { Confirm } from './confirm';
import { ErrorState } from './error-state';
import { TextField } from './field';
import { Menu } from './menu';
import { MoneyInput } from './money-input';
import { Table } from './table';
import { Tabs } from './tabs';

beforeEach(() => setPreference('locale', 'en-US'));
afterEach(() => vi.useRealTimers());

describe('Button', () => {
  it('keeps its focus while busy and does nothing', async () => {
    const click = vi.fn();
    render(
      <Button busy onClick={click}>
        Save
      </Button>,
    );
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(click).not.toHaveBeenCalled();
    expect(screen.getByRole('button')).toHaveFocus();
  });
});

describe('Field', () => {
  it('ties label, hint and error to the control', () => {
    render(<TextField label="Name" hint="Any" error="Needed" />);
    const input = screen.getByLabelText('Name');
    expect(input).toBeInvalid();
    expect(input).toHaveAccessibleDescription('Any Needed');
  });
});

describe('MoneyInput', () => {
  function Form({ start }: { start?: Dec }) {
    const [value, setValue] = useState<Dec | undefined>(start);
    return (
      <>
        <MoneyInput label="Fee" value={value} onValue={setValue} />
        <output>{value ?? 'nothing'}</output>
      </>
    );
  }

  it('reads the locale’s way of writing and keeps every digit', async () => {
    setPreference('locale', 'de-DE');
    render(<Form />);
    await userEvent.type(screen.getByLabelText('Fee'), '1.234,123456789012345678');
    expect(screen.getByRole('status')).toHaveTextContent('1234.123456789012345678');
    await userEvent.tab();
    expect(screen.getByLabelText('Fee')).toHaveValue('1.234,123456789012345678');
  });

  it('says when it is no number, and reports none', async () => {
    render(<Form start={dec('5')} />);
    await userEvent.type(screen.getByLabelText('Fee'), 'x');
    expect(screen.getByRole('status')).toHaveTextContent('nothing');
    expect(screen.getByLabelText('Fee')).toBeInvalid();
  });
});

describe('Table', () => {
  const columns = [
    {
      id: 'name',
      header: 'Name',
      isRowHeader: true,
      cell: (r: Row) => r.name,
      sortValue: (r: Row) => r.name,
    },
    {
      id: 'value',
      header: 'Value',
      isNumeric: true,
      cell: (r: Row) => r.value ?? '–',
      sortValue: (r: Row) => r.value,
    },
  ];
  type Row = { name: string; value: Dec | null };
  const rows: Row[] = [
    { name: 'b', value: dec('9') },
    { name: 'a', value: dec('10') },
    { name: 'c', value: null },
  ];
  const names = () => screen.getAllByRole('rowheader').map((cell) => cell.textContent);

  it('sorts decimals by value and leaves the unknown last either way', async () => {
    render(<Table caption="Things" columns={columns} rows={rows} rowKey={(row) => row.name} />);
    const header = screen.getByRole('columnheader', { name: 'Value' });
    await userEvent.click(within(header).getByRole('button'));
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(header).toHaveAttribute('aria-sort', 'descending');
    await userEvent.click(within(header).getByRole('button'));
    expect(names()).toEqual(['b', 'a', 'c']);
  });
});

describe('ErrorState', () => {
  it('counts down before it lets one ask again', () => {
    vi.useFakeTimers();
    const retry = vi.fn();
    const error = new ApiError({ title: 'Asked too often.', status: 429, retryAfter: 2, traceId: 'abc' });
    render(<ErrorState error={error} onRetry={retry} />);
    expect(screen.getByRole('button', { name: 'Try again in 2 seconds' })).toBeDisabled();
    expect(screen.getByText('abc')).toBeInTheDocument();
    act(() => vi.advanceTimersByTime(2500));
    expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled();
  });
});

describe('Confirm', () => {
  it('waits for the typed name', async () => {
    const done = vi.fn();
    render(
      <Confirm open title="Erase?" action="Erase" typed="Books" onConfirm={done} onClose={() => undefined}>
        All of it.
      </Confirm>,
    );
    const button = await screen.findByRole('button', { name: 'Erase' });
    expect(button).toBeDisabled();
    await userEvent.type(screen.getByLabelText('Type “Books” to confirm'), 'Books{Enter}');
    expect(done).toHaveBeenCalledOnce();
    expect(screen.getByRole('alertdialog')).toHaveAccessibleName('Erase?');
  });
});

describe('Combobox', () => {
  it('is worked by keys', async () => {
    const chosen = vi.fn();
    function Form() {
      const [text, setText] = useState('');
      const options = [
        { id: '1', label: 'Apple' },
        { id: '2', label: 'Apricot' },
      ];
      return <Combobox label="Asset" text={text} onText={setText} options={options} onChoose={chosen} />;
    }
    render(<Form />);
    await userEvent.type(screen.getByRole('combobox', { name: 'Asset' }), 'Ap');
    expect(screen.getByRole('option', { name: 'Apple' })).toHaveAttribute('aria-selected', 'true');
    await userEvent.keyboard('{ArrowDown}{Enter}');
    expect(chosen).toHaveBeenCalledWith({ id: '2', label: 'Apricot' });
    expect(screen.queryByRole('listbox')).not.toBeInTheDocument();
  });
});

describe('Menu', () => {
  it('opens, moves and gives the focus back', async () => {
    const run = vi.fn();
    const items = [
      { id: 'a', label: 'Edit', run: () => undefined },
      { id: 'b', label: 'Erase', run },
    ];
    render(
      <Menu label="More" buttonClassName="" items={items}>
        …
      </Menu>,
    );
    await userEvent.click(screen.getByRole('button', { name: 'More' }));
    expect(screen.getByRole('menuitem', { name: 'Edit' })).toHaveFocus();
    await userEvent.keyboard('{ArrowDown}{Enter}');
    expect(run).toHaveBeenCalledOnce();
    expect(screen.getByRole('button', { name: 'More' })).toHaveFocus();
  });
});

describe('Tabs', () => {
  it('has one tab stop and moves by arrows', async () => {
    function Page() {
      const [current, setCurrent] = useState('a');
      const tabs = ['a', 'b', 'c'].map((id) => ({ id, label: id }));
      return (
        <Tabs label="Parts" tabs={tabs} current={current} onChange={setCurrent}>
          panel {current}
        </Tabs>
      );
    }
    render(<Page />);
    await userEvent.tab();
    await userEvent.keyboard('{ArrowLeft}');
    expect(screen.getByRole('tab', { name: 'c' })).toHaveFocus();
    expect(screen.getByRole('tabpanel', { name: 'c' })).toHaveTextContent('panel c');
  });
});
