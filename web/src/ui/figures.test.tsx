import { render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { Amount, Price, Quantity } from './amount';
import { Delta, Gain } from './delta';

beforeEach(() => setPreference('locale', 'en-US'));
afterEach(() => setPreference('privacy', 'show'));

function html(node: React.ReactNode): string {
  return render(node).container.innerHTML;
}

describe('unknown', () => {
  it('is a dash with its reason, never a zero', () => {
    render(<Amount value={null} currency="EUR" reason="no price" />);
    expect(screen.getByText('not known: no price')).toBeInTheDocument();
    expect(html(<Delta value={null} />)).not.toMatch(/\d/);
  });
});

describe('Hide', () => {
  it('leaves no digit of an amount in the page, and one width for all', () => {
    setPreference('privacy', 'hide');
    const small = html(<Amount value={dec('7')} currency="EUR" />);
    const large = html(<Amount value={dec('123456789.12')} currency="EUR" />);
    expect(small).toBe(large);
    expect(small).not.toMatch(/\d/);
    expect(html(<Quantity value={dec('3.123456789')} />)).not.toMatch(/\d/);
  });

  it('hides the direction of a gain too', () => {
    setPreference('privacy', 'hide');
    const up = html(<Gain value={dec('5')} currency="EUR" />);
    const down = html(<Gain value={dec('-5')} currency="EUR" />);
    expect(up).toBe(down);
  });

  it('leaves percentages and prices', () => {
    setPreference('privacy', 'hide');
    expect(html(<Delta value={0.012} />)).toContain('+1.20%');
    expect(html(<Price value={dec('101.5')} currency="USD" />)).toContain('$101.50');
  });
});

describe('Scramble', () => {
  it('multiplies amounts and quantities by one factor', () => {
    const figure = (text: string) => Number(text.replace(/<[^>]*>|[€,]/g, ''));
    setPreference('privacy', 'scramble');
    const one = figure(html(<Amount value={dec('100')} currency="EUR" />));
    const two = figure(html(<Amount value={dec('200')} currency="EUR" />));
    expect(one).not.toBe(100);
    expect(two).toBeCloseTo(2 * one, 1);
    expect(figure(html(<Quantity value={dec('100')} />))).toBeCloseTo(one, 1);
  });
});

describe('changes', () => {
  it('have an arrow, a sign and a word', () => {
    render(<Delta value={-0.0123} />);
    expect(screen.getByText('down')).toBeInTheDocument();
    expect(screen.getByText('▼')).toHaveAttribute('aria-hidden', 'true');
    expect(screen.getByText(/-1.23%/)).toBeInTheDocument();
  });

  it('have none where they round to nothing', () => {
    expect(html(<Delta value={-0.000001} />)).not.toMatch(/▼|down/);
    expect(html(<Delta value={-0.000001} />)).toContain('>0.00%');
  });
});
