interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL: (url: string) => string;
  };
}

const SCRIPT = '/sw.js';

/** Keeps the app's shell for when there is no network. Browsers refuse workers on plain addresses; then there is none. */
export function registerServiceWorker(): void {
  if (!('serviceWorker' in navigator) || !isSecureContext || !import.meta.env.PROD) return;
  addEventListener('load', () => {
    navigator.serviceWorker.register(trusted(SCRIPT)).catch(() => undefined);
  });
}

// The page's policy allows this one name, and the policy this one script.
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return url;
  const rules = {
    createScriptURL: (asked: string) => {
      if (asked !== SCRIPT) throw new TypeError(`no script of ours: ${asked}`);
      return asked;
    },
  };
  return trustedTypes.createPolicy('finsage-sw', rules).createScriptURL(url);
}
