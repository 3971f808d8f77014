// What the client must remember of the session. In memory only: a token never enters storage or a URL.

let csrf = '';
const listeners = new Set<() => void>();

export function csrfToken(): string {
  return csrf;
}

export function rememberCsrf(token: string | null): void {
  csrf = token ?? '';
}

/** Called when an answer says that nobody is signed in any more. */
export function onSessionExpired(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function announceExpiry(): void {
  csrf = '';
  for (const listener of listeners) listener();
}
