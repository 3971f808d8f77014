export const STEPS = ['upload', 'map', 'resolve', 'preview', 'done'] as const;
export type Step = (typeof STEPS)[number];

/** What stands in the URL: the import at hand, and the step if it is not the one that comes by itself. */
export const SEARCH = {
  import: (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined),
  step: (value: unknown) =>
    value === 'map' || value === 'resolve' || value === 'preview' ? value : undefined,
  rows: (value: unknown) => (typeof value === 'string' ? value : undefined),
} as const;

export type Search = { [K in keyof typeof SEARCH]: ReturnType<(typeof SEARCH)[K]> };
export type Change = { [K in keyof Search]?: Search[K] | undefined };
