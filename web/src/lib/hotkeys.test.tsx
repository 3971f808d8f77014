import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { useHotkeys } from './hotkeys';
import { setPreference } from './preferences';

function Page({ go, help, palette }: Record<'go' | 'help' | 'palette', () => void>) {
  useHotkeys({ 'g d': go, '?': help, 'mod+k': palette });
  return <input aria-label="field" />;
}

function setup() {
  const handlers = { go: vi.fn(), help: vi.fn(), palette: vi.fn() };
  render(<Page {...handlers} />);
  return { ...handlers, user: userEvent.setup() };
}

it('runs keys and sequences', async () => {
  const { go, help, user } = setup();
  await user.keyboard('gd?');
  expect(go).toHaveBeenCalledOnce();
  expect(help).toHaveBeenCalledOnce();
});

it('rests while typing, but not for Ctrl K', async () => {
  const { go, palette, user } = setup();
  await user.click(screen.getByLabelText('field'));
  await user.keyboard('gd{Control>}k{/Control}');
  expect(go).not.toHaveBeenCalled();
  expect(palette).toHaveBeenCalledOnce();
});

it('rests in a dialog, but neither for a popover that is closed nor for a dialog on its way out', async () => {
  const { help, user } = setup();
  const shown = render(<div role="dialog" popover="auto" />);
  await user.keyboard('?');
  expect(help).toHaveBeenCalledTimes(1);
  for (const role of ['dialog', 'alertdialog']) {
    help.mockClear();
    shown.rerender(<div role={role} />);
    await user.keyboard('?');
    expect(help).not.toHaveBeenCalled();
    shown.rerender(<div role={role} data-closed="" />);
    await user.keyboard('?');
    expect(help).toHaveBeenCalledTimes(1);
  }
});

it('can be turned off', async () => {
  const { go, user } = setup();
  setPreference('hotkeys', 'off');
  await user.keyboard('gd');
  setPreference('hotkeys', 'on');
  expect(go).not.toHaveBeenCalled();
});
