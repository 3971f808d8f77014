import { Problem, serve, showPage } from '@test/page';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import NewsPage from './page';

const item = (change: object = {}) => ({
  id: 'n',
  title: 'Apple falls',
  url: 'https://daily.example/1',
  publisher: 'The Daily',
  summary: '',
  language: null,
  provider: 'newsapi',
  published_at: '2026-11-27T10:00:00Z',
  fetched_at: '2026-11-27T10:05:00Z',
  assets: [{ asset_id: 'a', symbol: 'AAPL', name: 'Apple Inc', matched_by: 'name', term: 'Apple' }],
  sentiment: {
    label: 'negative',
    probabilities: { positive: 0.1, neutral: 0.2, negative: 0.7 },
    score: -0.6,
    words: [
      { word: 'falls', log_odds: -2.5 },
      { word: 'apple', log_odds: 0.01 },
    ],
    model: 'm-1',
  },
  ...change,
});
const news = (items: object[], change: object = {}) => ({
  items,
  next_cursor: null,
  asked_at: new Date().toISOString(),
  failing: [],
  ...change,
});

const portfolios = { 'GET /portfolios': { items: [], next_cursor: null } };

it('asks for what is held, and for all when told so', async () => {
  const sent = serve({ ...portfolios, 'GET /news': news([item()]) });
  const router = showPage(NewsPage, '/news', '/news');
  await screen.findByText('Apple falls');
  const asked = () => sent.filter(({ path }) => path === '/news').at(-1)?.query;
  expect(asked()?.get('owned')).toBe('true');
  await userEvent.click(screen.getByRole('radio', { name: 'All' }));
  await screen.findByText('Apple falls');
  expect(asked()?.has('owned')).toBe(false);
  expect(router.state.location.search).toEqual({ scope: 'all' });
});

it('explains how a headline reads by its words, and what it names', async () => {
  serve({ ...portfolios, 'GET /news': news([item()]) });
  showPage(NewsPage, '/news', '/news');
  const badge = await screen.findByRole('button', { name: /Reads negative, 70%/ });
  expect(badge.title).toBe('Words that say so: falls −2.5');
  badge.focus();
  await userEvent.keyboard('{Enter}');
  expect(screen.getByText('falls: 2.5 towards negative')).toBeTruthy();
  expect(screen.queryByText(/apple: /)).toBeNull();
  expect(screen.getByRole('button', { name: /Only about Apple Inc/ }).title).toBe('Names it: “Apple”');
});

it('makes no link of what leads to no web page, and shows markup as text', async () => {
  const title = '<img src=x onerror=alert(1)>';
  serve({ ...portfolios, 'GET /news': news([item({ title, url: 'javascript:alert(1)' })]) });
  showPage(NewsPage, '/news', '/news');
  const text = await screen.findByText(title);
  expect(text.closest('a')).toBeNull();
  expect(document.querySelector('img')).toBeNull();
});

it('says when headlines may be missing, and which source failed with what', async () => {
  const failing = [{ provider: 'gdelt', failed_at: null, problem: 'It is slow.' }];
  serve({ ...portfolios, 'GET /news': news([], { asked_at: '2026-01-01T00:00:00Z', failing }) });
  showPage(NewsPage, '/news', '/news?sentiment=positive');
  expect(await screen.findByText('Headlines may be missing:')).toBeTruthy();
  expect(screen.getByText('GDELT failed: It is slow.')).toBeTruthy();
  expect(screen.getByText('Nothing fits these filters')).toBeTruthy();
});

it('shows what went wrong in the place of the list', async () => {
  serve({ ...portfolios, 'GET /news': new Problem(503, { title: 'Come back later', detail: 'Busy.' }) });
  showPage(NewsPage, '/news', '/news');
  expect(within(await screen.findByRole('alert')).getByText('Come back later')).toBeTruthy();
});
