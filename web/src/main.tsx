import './styles/tokens.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { registerServiceWorker } from './app/service-worker';
import { reloadOnStaleChunks } from './app/stale-chunks';
import { formatLocale } from './lib/locale';
import { followPreferences } from './lib/preferences';

reloadOnStaleChunks();
followPreferences();
registerServiceWorker();
document.documentElement.lang = formatLocale().startsWith('en') ? formatLocale() : 'en';

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
