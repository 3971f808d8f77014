const KEY = 'fs.reloaded';
const AGAIN_MS = 30_000;

/** After an upgrade an open tab asks for files that are gone: reload once, and only once. */
export function reloadOnStaleChunks(): void {
  addEventListener('vite:preloadError', (event) => {
    // Offline nothing is stale and a reload would end on the browser's own page.
    if (!navigator.onLine) return;
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < AGAIN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
