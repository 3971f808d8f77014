/** Joins class names, leaving out what is not set. */
export function cx(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

/** A link within a line or a table: underlined, high enough for a finger. */
export const linkClass =
  'inline-flex min-h-6 items-center rounded-sm underline decoration-dotted decoration-control underline-offset-3 hover:text-accent';
