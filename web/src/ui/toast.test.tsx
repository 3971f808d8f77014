import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Toast, UiContext } from '@/ui/ui-context';
import { ToastRegion } from './toast';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function show(toast: Partial<Toast>) {
  const dismiss = vi.fn();
  const one: Toast = { id: 1, text: 'Booked', tone: 'neutral', seconds: 10, ...toast };
  const ui = { toasts: [one], toast: vi.fn(), dismiss, isPending: false, isOnline: true };
  render(
    <UiContext value={ui}>
      <ToastRegion />
    </UiContext>,
  );
  return dismiss;
}

it('is announced and leaves after its time', () => {
  const dismiss = show({});
  expect(screen.getByRole('status')).toHaveTextContent('Booked');
  act(() => vi.advanceTimersByTime(9900));
  expect(dismiss).not.toHaveBeenCalled();
  act(() => vi.advanceTimersByTime(200));
  expect(dismiss).toHaveBeenCalledWith(1);
});

it('stays while somebody reaches for Undo', () => {
  const run = vi.fn();
  const dismiss = show({ action: { label: 'Undo', run } });
  const undo = screen.getByRole('button', { name: 'Undo' });
  act(() => undo.focus());
  act(() => vi.advanceTimersByTime(60_000));
  expect(dismiss).not.toHaveBeenCalled();
  fireEvent.click(undo);
  expect(run).toHaveBeenCalledOnce();
  expect(dismiss).toHaveBeenCalledWith(1);
});
