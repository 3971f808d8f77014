import { useEffect, useRef } from 'react';
import { preference } from './preferences';

/** "g d" is a sequence, "mod+k" Ctrl or ⌘ with k, "/" one key. */
export type Hotkeys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** What "mod" is called on the keyboard of whoever looks. */
export const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const SEQUENCE_MS = 900;

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest('input,textarea,select,[contenteditable="true"]') !== null
  );
}

export function stroke(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

/** Runs the handler of a key or sequence. Off while typing, in a dialog, and when the person turned hotkeys off. */
export function useHotkeys(keys: Hotkeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    let first = { key: '', at: 0 };
    const listen = (event: KeyboardEvent) => {
      const key = stroke(event);
      const withMod = key.startsWith('mod+');
      if (event.defaultPrevented || event.altKey || event.isComposing) return;
      if (!withMod && (isTyping(event.target) || preference('hotkeys') === 'off' || isDialogOpen())) return;
      const sequence = event.timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${key}` : '';
      const handler = latest.current[sequence] ?? latest.current[key];
      first = { key, at: event.timeStamp };
      if (!handler) return;
      event.preventDefault();
      handler(event);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}

// A popover is in the page while it is closed too, and takes nothing but what is typed into it; a dialog stays a moment
// after it was closed, in which the page has the keys again.
const OPEN_DIALOG = ':is([role="dialog"]:not([popover]),[role="alertdialog"]):not([data-closed])';

function isDialogOpen(): boolean {
  return document.querySelector(OPEN_DIALOG) !== null;
}
