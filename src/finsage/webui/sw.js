// Shell only: the page and its hashed assets. Never /api, never a figure.
const CACHE = 'finsage-shell-1';
const own = (url) => url.origin === location.origin;
// Files have a dot; /assets/<id> is a page of the app.
const isAsset = (url) => own(url) && /^\/(assets|icons)\/.*\./.test(url.pathname);

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(['/', '/boot.js', '/manifest.webmanifest', '/icons/logo.svg']))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

async function fromNetworkFirst(request, key) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}

async function fromCacheFirst(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const url = new URL(request.url);
  if (isAsset(url)) event.respondWith(fromCacheFirst(request));
  else if (own(url) && url.pathname === '/boot.js') event.respondWith(fromNetworkFirst(request, '/boot.js'));
  else if (
    request.mode === 'navigate' &&
    !/^\/(api|health|metrics|mcp|problems|docs|openapi\.json)\b/.test(url.pathname)
  )
    event.respondWith(fromNetworkFirst(request, '/'));
});
