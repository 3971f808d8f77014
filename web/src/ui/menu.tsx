import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cx } from './class';
import { Icon, type IconName } from './icon';

export interface MenuItem {
  id: string;
  label: string;
  /** Under the label: what it is for. */
  note?: string;
  icon?: IconName;
  isDangerous?: boolean;
  disabled?: boolean;
  run: () => void;
}

interface MenuProps {
  /** Name of the button. */
  label: string;
  /** Content of the button. */
  children: ReactNode;
  buttonClassName: string;
  items: readonly MenuItem[];
}

const WIDE = 290;

/** A button with a menu under it. Fixed to the window, so that no scrolling table cuts it off. */
export function Menu({ label, children, buttonClassName, items }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState<{ top: number; right: number }>();
  const close = (refocus: boolean) => {
    setPlace(undefined);
    if (refocus) button.current?.focus();
  };
  const open = () => {
    const box = button.current?.getBoundingClientRect();
    if (!box) return;
    const height = items.reduce((sum, { note }) => sum + (note ? 52 : 36), 8);
    const below = box.bottom + 4;
    const top = below + height > innerHeight ? Math.max(4, box.top - 4 - height) : below;
    const { clientWidth } = document.documentElement;
    // Not out of the window on the other side: notes need their width.
    const right = Math.min(
      clientWidth - box.right,
      clientWidth - (items.some(({ note }) => note) ? WIDE : 176) - 4,
    );
    setPlace({ top, right: Math.max(4, right) });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={place !== undefined}
        aria-controls={place ? id : undefined}
        className={buttonClassName}
        onClick={() => (place ? close(true) : open())}
      >
        {children}
      </button>
      {place && <MenuList id={id} label={label} items={items} place={place} onClose={close} />}
    </>
  );
}

interface MenuListProps {
  id: string;
  label: string;
  items: readonly MenuItem[];
  place: { top: number; right: number };
  onClose: (refocus: boolean) => void;
}

function MenuList({ id, label, items, place, onClose }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    list.current?.querySelector<HTMLElement>('[role=menuitem]:not(:disabled)')?.focus();
    const away = (event: Event) => {
      if (!(event.target instanceof Node && list.current?.contains(event.target))) latest.current(false);
    };
    addEventListener('pointerdown', away);
    addEventListener('scroll', away, true);
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('scroll', away, true);
    };
  }, []);
  return (
    <div
      ref={list}
      id={id}
      role="menu"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={(event) => onMenuKey(event, () => onClose(true))}
      style={{ top: place.top, right: place.right }}
      className="appear fixed z-50 min-w-44 max-w-[calc(100vw-1rem)] rounded-control border border-line bg-panel py-1 shadow-card"
    >
      {items.map((item) => (
        <button
          key={item.id}
          type="button"
          role="menuitem"
          tabIndex={-1}
          disabled={item.disabled}
          onClick={() => {
            onClose(true);
            item.run();
          }}
          className={cx(
            'flex min-h-9 w-full items-center gap-2 px-3 text-start text-sm -outline-offset-2 hover:bg-wash focus:bg-wash disabled:opacity-55',
            item.isDangerous && 'text-danger',
          )}
        >
          {item.icon && <Icon name={item.icon} size={16} className="shrink-0" />}
          {item.note ? (
            <span className="py-1">
              {item.label}
              <span className="block text-muted text-xs">{item.note}</span>
            </span>
          ) : (
            item.label
          )}
        </button>
      ))}
    </div>
  );
}

function onMenuKey(event: KeyboardEvent<HTMLDivElement>, close: () => void): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items.at(to % items.length)?.focus();
  } else if (event.key === 'Escape' || event.key === 'Tab') {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}
