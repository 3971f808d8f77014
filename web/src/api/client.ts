import createClient from 'openapi-fetch';
import * as z from 'zod/mini';
import type { Intent } from './intent';
import { offlineError, problemError, unreadableError } from './problem';
import { announceExpiry, csrfToken } from './session';

type Scalar = string | number | boolean | undefined;

export interface Ask {
  path?: Record<string, string>;
  query?: Record<string, Scalar | readonly string[]>;
  signal?: AbortSignal | undefined;
}

export interface Order extends Ask {
  body?: unknown;
  intent?: Intent;
  /** ETag of what the change was based on; 412 if it changed since. */
  ifMatch?: string | undefined;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type AnyPaths = Record<
  string,
  Record<Method, { responses: { 200: { content: { 'application/json': unknown } } } }>
>;

const BASE = '/api/v1';
/** A read that takes longer has hung, as behind a proxy that lost its server: a page would wait for ever. */
const READ_MS_MAX = 90_000;
// 401 here is a wrong password, not a lost session.
const SIGNING_IN = new Set(['/auth/login', '/auth/register', '/auth/refresh', '/me/password', '/me/proof']);

const client = createClient<AnyPaths>({
  baseUrl: BASE,
  credentials: 'same-origin',
  fetch: (request) => globalThis.fetch(request),
});

export interface Tagged<T> {
  value: T;
  etag: string | undefined;
}

/** GET whose answer is parsed by `schema`. Throws ApiError. */
export async function ask<T>(path: string, schema: z.core.$ZodType<T>, options: Ask = {}): Promise<T> {
  return (await askTagged(path, schema, options)).value;
}

/** As `ask`, with the ETag that a later change must name. */
export async function askTagged<T>(
  path: string,
  schema: z.core.$ZodType<T>,
  options: Ask = {},
): Promise<Tagged<T>> {
  const { response, body } = await exchange('get', path, options);
  return { value: parse(path, schema, response, body), etag: response.headers.get('ETag') ?? undefined };
}

/** A change. `intent` names it, so that a retry is not a second change. Throws ApiError. */
export async function order<T>(
  method: Exclude<Method, 'get'>,
  path: string,
  schema: z.core.$ZodType<T>,
  options: Order = {},
): Promise<T> {
  const { response, body } = await exchange(method, path, options);
  return parse(path, schema, response, body);
}

/** The schema of an answer without a body. */
export const Nothing: z.core.$ZodType<undefined> = z.undefined();

/** Where a browser downloads from: path and query written out. */
export function downloadUrl(path: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `${BASE}${path}${search ? `?${search}` : ''}`;
}

async function exchange(method: Method, path: string, options: Order) {
  const form = options.body instanceof FormData ? options.body : undefined;
  const limits = [options.signal, method === 'get' ? AbortSignal.timeout(READ_MS_MAX) : undefined];
  const sent = client.request(method, path, {
    params: { path: options.path, query: options.query },
    headers: headers(method, options),
    ...(options.body === undefined ? {} : { body: options.body }),
    ...(form ? { bodySerializer: () => form } : {}),
    signal: AbortSignal.any(limits.filter((one) => one !== undefined)),
    parseAs: 'text',
  } as never);
  const { data, error, response } = await sent.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw offlineError(cause, options.intent !== undefined);
  });
  if (response.ok) return { response, body: readJson(data as string | undefined) };
  if (response.status === 401 && !SIGNING_IN.has(path)) announceExpiry();
  throw problemError(response, typeof error === 'string' ? readJson(error) : error);
}

function headers(method: Method, { intent, ifMatch }: Order): Record<string, string> {
  const token = csrfToken();
  return {
    Accept: 'application/json',
    ...(method !== 'get' && token ? { 'X-CSRF-Token': token } : {}),
    ...(intent ? { 'Idempotency-Key': intent } : {}),
    ...(ifMatch ? { 'If-Match': ifMatch } : {}),
  };
}

function readJson(text: string | undefined): unknown {
  if (!text) return;
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema will refuse it with the request id, or the status speaks.
    return text;
  }
}

function parse<T>(path: string, schema: z.core.$ZodType<T>, response: Response, body: unknown): T {
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  throw unreadableError(path, response, parsed.error);
}
