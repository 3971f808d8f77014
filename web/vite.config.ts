import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const VENDOR =
  /node_modules\/(react|react-dom|scheduler|use-sync-external-store|zod|openapi-fetch|@tanstack\/(history|query-core|react-query|react-router|react-store|router-core|store))\//;
// What nearly every page has, and no page of its own: in one file it packs better than in twenty.
const COMMON =
  /\/src\/(lib\/|api\/(client|contexts|intent|messages|problem|session|tied|parse\/scalars|queries\/write)|ui\/(amount|badge|button|card|class|countdown|delta|empty|error-state|icon|menu|messages|skeleton|ui-context|unknown|write-block)\.)/;
const backend = process.env.FINSAGE_BACKEND ?? 'http://127.0.0.1:8000';
const proxied = Object.fromEntries(['/api', '/health'].map((path) => [path, { target: backend }]));

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: { alias: { '@': here('./src'), '@test': here('./test') } },
  server: { proxy: proxied },
  preview: { proxy: proxied },
  build: {
    target: 'es2022',
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    // What every page needs is one file: it packs better than five, and stays cached over releases of the app.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'vendor', test: VENDOR },
            { name: 'common', test: COMMON },
          ],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['./test/setup.ts'],
    env: { TZ: 'America/Los_Angeles' },
    maxWorkers: 1,
    testTimeout: 20_000, // a form typed into on a busy machine; nothing here asserts on time
    restoreMocks: true,
  },
});
