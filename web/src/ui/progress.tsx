/** `value` from 0 to 1; undefined while it cannot be known. */
export function Progress({ value, label }: { value: number | undefined; label: string }) {
  const share = value === undefined ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share}
      className="h-1.5 overflow-hidden rounded-full bg-line"
    >
      <div
        className={
          share === undefined
            ? 'h-full w-1/3 animate-pulse rounded-full bg-accent'
            : 'h-full rounded-full bg-accent transition-[width]'
        }
        style={share === undefined ? undefined : { width: `${share}%` }}
      />
    </div>
  );
}
