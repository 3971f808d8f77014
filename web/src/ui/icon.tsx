// Our own line icons on a 20 by 20 grid, so that no icon package enters the first route.
const PATHS = {
  dashboard: 'M3 3h6v8H3zM11 3h6v5h-6zM11 10h6v7h-6zM3 13h6v4H3z',
  portfolio: 'M3 7h14v9H3zM7 7V4h6v3M3 11h14',
  list: 'M7 5h10M7 10h10M7 15h10M3 5h.01M3 10h.01M3 15h.01',
  upload: 'M10 13V3M6 7l4-4 4 4M3 13v4h14v-4',
  download: 'M10 3v10M6 9l4 4 4-4M3 13v4h14v-4',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4',
  search: 'M9 3a6 6 0 1 1 0 12A6 6 0 0 1 9 3zM13.5 13.5 17 17',
  eye: 'M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 7.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  eyeOff:
    'M3 3l14 14M8 4.8A8 8 0 0 1 10 4.5c5 0 8 5.5 8 5.5a14 14 0 0 1-2.3 3M5 6.3A14 14 0 0 0 2 10s3 5.5 8 5.5c1 0 2-.2 2.9-.6',
  sun: 'M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1 1M14.7 14.7l1 1M4.3 15.7l1-1M14.7 5.3l1-1',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z',
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5 5 15',
  pulse: 'M2 10h4l2.5-6 3.5 12 2.5-6H18',
  check: 'M4 10.5 8 14.5 16 5.5',
  warning: 'M10 3 18 16.5H2zM10 8v4M10 14.2h.01',
  info: 'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM10 9v5M10 6.3h.01',
  chevronDown: 'M5 7.5l5 5 5-5',
  chevronRight: 'M7.5 5l5 5-5 5',
  chevronLeft: 'M12.5 5l-5 5 5 5',
  sortUp: 'M10 5v10M6 9l4-4 4 4',
  sortDown: 'M10 15V5M6 11l4 4 4-4',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  edit: 'M12.5 4.5l3 3L7 16H4v-3zM11 6l3 3',
  undo: 'M7 4 3 8l4 4M3 8h9a4.5 4.5 0 0 1 0 9H8',
  trash: 'M4 6h12M8 6V3.5h4V6M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v5M11.5 9v5',
  calendar: 'M3 5h14v12H3zM3 9h14M7 3v4M13 3v4',
  user: 'M10 3.5a3.2 3.2 0 1 1 0 6.5 3.2 3.2 0 0 1 0-6.5zM3.5 17c.6-3 3-4.8 6.5-4.8s5.9 1.8 6.5 4.8',
  lock: 'M4.5 9h11v8h-11zM7 9V6.5a3 3 0 0 1 6 0V9',
  logout: 'M8 4H4v12h4M12 6l4 4-4 4M16 10H8',
  keyboard: 'M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M6 12h8',
  file: 'M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15',
  filter: 'M3 5h14M6 10h8M8.5 15h3',
  columns: 'M3 4h14v12H3zM8 4v12M12.5 4v12',
  chart: 'M3 16.5h14M4.5 13l3.5-4 3 2.5 4.5-6',
  fan: 'M2.5 12.5 6 10l2.5 1.5M8.5 11.5 17 5M8.5 11.5l8.5-1.5M8.5 11.5 17 15.5',
  pie: 'M10 3v7l5 5A7 7 0 1 1 10 3zM13 2.8A7 7 0 0 1 17.2 8H13z',
  spark: 'M10 3l1.8 5.2L17 10l-5.2 1.8L10 17l-1.8-5.2L3 10l5.2-1.8z',
  refresh: 'M16 5v4h-4M4 15v-4h4M15.5 9A6 6 0 0 0 5 6.5M4.5 11A6 6 0 0 0 15 13.5',
  offline: 'M3 3l14 14M6.3 12a5.3 5.3 0 0 1 5-1.4M3.5 9a9.5 9.5 0 0 1 3-2M10 7c2.5 0 4.8.8 6.5 2M10 15.5h.01',
  wallet: 'M3 6h13v11H3zM3 6l9-3v3M13 11.5h.01',
  help: 'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM7.8 8a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M10 14h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      className={className}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
