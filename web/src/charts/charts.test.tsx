import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addDays, utc } from '@/lib/dates';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { keyTarget, nearest } from './crosshair';
import { LineChart } from './line';
import { compactUnit, labelDigits } from './scale';
import { clockTicks, timeTicks } from './ticks';
import { Treemap } from './treemap';

beforeEach(() => {
  setPreference('locale', 'en-US');
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(600);
});
afterEach(() => setPreference('privacy', 'show'));

const days = Array.from({ length: 40 }, (_, i) => addDays('2026-01-01', i));
const series = [
  { id: 'value', label: 'Value', style: 'solid' as const, values: days.map((_, i) => dec(`${1000 + i}.50`)) },
];

describe('ticks', () => {
  it('never writes a year that reads as a day', () => {
    const labels = timeTicks(utc('2024-11-22'), utc('2026-11-22'), 6).map(({ label }) => label);
    expect(labels.length).toBeGreaterThan(2);
    for (const label of labels) expect(label).toMatch(/^[A-Z][a-z]{2} \d{4}$/);
    expect(timeTicks(utc('2010-03-01'), utc('2026-11-22'), 6).map(({ label }) => label)).toContain('2014');
  });

  it('stands at true times', () => {
    const times = timeTicks(utc('2026-01-05'), utc('2026-02-05'), 5).map(({ time }) => time);
    expect(times.at(-1)).toBe(utc('2026-02-05'));
    expect(times.length).toBeLessThanOrEqual(6);
  });
});

describe('ticks within days', () => {
  it('stand at hours and midnights of the reader, also where a day has 25 hours', () => {
    // Los Angeles goes back an hour on the first of November.
    const [from, to] = [Date.parse('2026-10-31T20:00:00Z'), Date.parse('2026-11-02T20:00:00Z')];
    const ticks = clockTicks(from, to, 4);
    expect(ticks.map(({ label }) => label)).toEqual(['Nov 1', '12:00 PM', 'Nov 2', '12:00 PM']);
    expect(new Date(ticks[2]?.time ?? 0).toISOString()).toBe('2026-11-02T08:00:00.000Z');
    const month = clockTicks(from, from + 30 * 86_400_000, 5).map(({ label }) => label);
    expect(month.every((label) => /^Nov \d+$/.test(label)) && month.length <= 6).toBe(true);
  });
});

describe('crosshair', () => {
  it('finds the nearest point', () => {
    expect([-5, 4, 6, 26, 99].map((x) => nearest([0, 10, 20, 30], x))).toEqual([0, 0, 1, 3, 3]);
  });

  it('moves by keys within the ends', () => {
    expect(['ArrowLeft', 'PageDown', 'Home', 'Escape', 'a'].map((key) => keyTarget(key, 5, 20))).toEqual([
      4,
      20,
      0,
      null,
      undefined,
    ]);
  });
});

describe('LineChart', () => {
  it('is one tab stop that reads values by keys', async () => {
    render(<LineChart label="Net worth" days={days} series={series} currency="EUR" />);
    const chart = screen.getByRole('slider', { name: 'Net worth' });
    await userEvent.tab();
    expect(chart).toHaveFocus();
    await userEvent.keyboard('{Home}');
    expect(chart).toHaveAttribute('aria-valuetext', 'Jan 01, 2026: Value €1,000.50');
    await userEvent.keyboard('{ArrowRight}');
    expect(chart).toHaveAttribute('aria-valuetext', 'Jan 02, 2026: Value €1,001.50');
  });

  it('shows the same figures as a table', async () => {
    render(<LineChart label="Net worth" days={days} series={series} currency="EUR" />);
    await userEvent.click(screen.getByText('Show as table'));
    const table = await screen.findByRole('table');
    expect(within(table).getAllByRole('row')).toHaveLength(days.length + 1);
    expect(within(table).getByText('1039.5', { exact: false })).toBeInTheDocument();
  });

  it('leaves no figure in the page under Hide', () => {
    setPreference('privacy', 'hide');
    const { container } = render(<LineChart label="Net worth" days={days} series={series} currency="EUR" />);
    expect(container.innerHTML).not.toMatch(/€|1,0\d\d|10\d\d\.5/);
  });

  it('says when there is less history than the range', () => {
    render(<LineChart label="Net worth" days={days} series={series} currency="EUR" rangeFrom="2021-01-01" />);
    expect(screen.getByText(/Only 39 days of history/)).toBeInTheDocument();
  });

  it('fills between the line and zero, where zero is within the axis', () => {
    const losses = [{ id: 'loss', label: 'Loss', style: 'solid' as const, values: [0.02, -0.02, 0.02] }];
    const { container } = render(
      <LineChart label="Losses" days={days.slice(0, 3)} series={losses} height={234} />,
    );
    // From −2% at 210 px to 2% at 10 px: zero stands at 110.
    const fill = container.querySelector('path[fill="var(--band-95)"]');
    expect(fill?.getAttribute('d')).toMatch(/L[\d.]+,110L[\d.]+,110Z$/);
  });

  it('breaks the line where a value is missing instead of falling to zero', () => {
    const values = [dec('5'), null, dec('6'), dec('7')];
    const { container } = render(
      <LineChart
        label="x"
        days={days.slice(0, 4)}
        series={[{ id: 'v', label: 'V', style: 'solid', values }]}
        currency="EUR"
      />,
    );
    const path = container.querySelector('path[stroke="var(--accent)"]')?.getAttribute('d') ?? '';
    expect(path.match(/M/g)).toHaveLength(2);
  });
});

describe('Treemap', () => {
  const tile = (id: string, weight: number, change: number | null = 0.01) => ({
    id,
    label: id,
    weight,
    change,
  });
  const groups = [
    {
      id: 'equity',
      label: 'Equity',
      tiles: [tile('AAPL', 0.6), tile('MSFT', 0.38, -0.02), tile('DUST', 0.004), tile('SPECK', 0.006)],
    },
  ];

  it('is a nested list that says weight and move of each tile', () => {
    render(<Treemap label="Allocation" groups={groups} />);
    const list = screen.getByRole('list', { name: 'Allocation' });
    expect(within(list).getByText('AAPL: 60.0% of the portfolio, +1.00%')).toBeInTheDocument();
    expect(within(list).getByText('MSFT: 38.0% of the portfolio, -2.00%')).toBeInTheDocument();
  });

  it('joins what is under one per cent', () => {
    render(<Treemap label="Allocation" groups={groups} />);
    expect(screen.queryByText(/^DUST/)).not.toBeInTheDocument();
    expect(screen.getByText(/^Other \(2\): 1.0%/)).toBeInTheDocument();
  });

  it('writes no label that would not fit whole', () => {
    const long = [
      {
        id: 'g',
        label: 'G',
        tiles: [tile('A-very-long-name-of-a-fund-that-cannot-fit', 0.03), tile('B', 0.97)],
      },
    ];
    const { container } = render(<Treemap label="Allocation" groups={long} />);
    const shown = [...container.querySelectorAll('span[aria-hidden]')].map((one) => one.textContent);
    expect(shown).toContain('B');
    expect(shown).not.toContain('A-very-long-name-of-a-fund-that-cannot-fit');
  });

  it('counts figures and capitals as wide as they are in bold', () => {
    // In 99 px 12 letters as of a word would fit, an ISIN does not.
    const isin = [{ id: 'g', label: 'G', tiles: [tile('US4330001060', 0.165), tile('Rest', 0.835)] }];
    const { container } = render(<Treemap label="Allocation" groups={isin} />);
    const shown = [...container.querySelectorAll('span[aria-hidden]')].map((one) => one.textContent);
    expect(shown).toContain('16.5%');
    expect(shown).not.toContain('US4330001060');
  });

  it('opens a tile', async () => {
    const open = vi.fn();
    render(<Treemap label="Allocation" groups={groups} onTile={open} />);
    await userEvent.click(screen.getByRole('button', { name: /^AAPL/ }));
    expect(open).toHaveBeenCalledWith('AAPL');
  });
});

it('labels the ticks of an axis with as many decimals as keep them apart', () => {
  expect(labelDigits([0, 0.005, 0.01], 0.01)).toBe(1);
  expect(labelDigits([0, 0.01, 0.02], 0.01)).toBe(0);
  expect(labelDigits([10_000, 10_020], compactUnit([10_000, 10_020]))).toBe(2);
  expect(labelDigits([-5_000_000, 0], compactUnit([-5_000_000, 0]))).toBe(0);
  expect(labelDigits([7], 0.01)).toBe(0);
});
