interface Faulty {
  faultOf: (field: string) => string | undefined;
}

function hasFaults(error: unknown): error is Faulty {
  return error instanceof Error && 'faultOf' in error;
}

/** What the server said about one field of the request that failed; undefined if nothing. */
export function faultOf(error: unknown, field: string): string | undefined {
  return hasFaults(error) ? error.faultOf(field) : undefined;
}
