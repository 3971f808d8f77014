import { vi } from 'vitest';

export interface Asked {
  method: string;
  url: URL;
  headers: Headers;
  body: string;
}

type Answer = [status: number, body?: unknown, headers?: Record<string, string>] | 'unreachable';

/** Stands in for the network: answers in turn, and keeps what was asked. */
export function answerWith(...answers: Answer[]): Asked[] {
  return answerBy(() => (answers.length > 1 ? answers.shift() : answers[0]) ?? 'unreachable');
}

/** As `answerWith`, with an answer for each question, or a promise of one. */
export function answerBy(decide: (asked: Asked) => Answer | Promise<Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const { method, headers } = request;
    const one = {
      method,
      url: new URL(request.url, 'http://finsage.test'),
      headers,
      body: await request.text(),
    };
    asked.push(one);
    const answer = await decide(one);
    if (answer === 'unreachable') throw new TypeError('Failed to fetch');
    const [status, body, more] = answer;
    const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
    return new Response(text, { status, headers: { 'Content-Type': 'application/json', ...more } });
  });
  return asked;
}
