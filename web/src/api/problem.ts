// RFC 9457 problems as typed errors. Everything a request can fail with is an ApiError.

import { t } from './messages';

export interface Fault {
  /** JSON pointer into the request ("/quantity"), or "line 12, Price". */
  pointer: string;
  detail: string;
}

export type Trouble = 'problem' | 'offline' | 'unreadable';

interface Facts {
  trouble: Trouble;
  status: number;
  slug: string;
  title: string;
  detail: string;
  faults: readonly Fault[];
  /** The request id: what a person quotes and the log knows. */
  traceId: string;
  /** Seconds until a 429 or 503 may be asked again. */
  retryAfter: number | undefined;
  members: Readonly<Record<string, unknown>>;
}

export class ApiError extends Error implements Facts {
  override readonly name = 'ApiError';
  declare readonly trouble: Trouble;
  declare readonly status: number;
  declare readonly slug: string;
  declare readonly title: string;
  declare readonly detail: string;
  declare readonly faults: readonly Fault[];
  declare readonly traceId: string;
  declare readonly retryAfter: number | undefined;
  declare readonly members: Readonly<Record<string, unknown>>;

  constructor(facts: Partial<Facts> & { title: string }) {
    super(facts.detail || facts.title);
    const whole: Facts = {
      trouble: 'problem',
      status: 0,
      slug: '',
      detail: '',
      faults: [],
      traceId: '',
      retryAfter: undefined,
      members: {},
      ...facts,
    };
    Object.assign(this, whole);
  }

  /** The complaint about one field of the request, named by its JSON pointer without the slash. */
  faultOf(field: string): string | undefined {
    return this.faults.find(({ pointer }) => pointer === `/${field}` || pointer === field)?.detail;
  }
}

export function isApiError(error: unknown, slug?: string): error is ApiError {
  return error instanceof ApiError && (slug === undefined || error.slug === slug);
}

/** Whether the server said no: nothing was done, and the next try is another wish, for what stood in the way may be gone. */
export function isRejection(error: unknown): boolean {
  return isApiError(error) && error.status >= 400 && error.status < 500;
}

/** `isChange`: what was sent carries an intent, and whether it was done is not known. */
export function offlineError(cause: unknown, isChange = false): ApiError {
  const error = new ApiError({
    trouble: 'offline',
    title: t('offline'),
    detail: t(isChange ? 'offlineChange' : 'offlineDetail'),
  });
  error.cause = cause;
  return error;
}

export function unreadableError(path: string, response: Response, cause: unknown): ApiError {
  const error = new ApiError({
    trouble: 'unreadable',
    title: t('unreadable'),
    detail: t('unreadableDetail', { path }),
    status: response.status,
    traceId: traceOf(response),
  });
  error.cause = cause;
  return error;
}

/** Reads a problem body; an answer that is no problem (a proxy's page) still becomes an error with its status. */
export function problemError(response: Response, body: unknown): ApiError {
  const members = isRecord(body) ? body : {};
  const text = (name: string) => (typeof members[name] === 'string' ? members[name] : '');
  return new ApiError({
    status: response.status,
    slug: text('type').split('/').at(-1) ?? '',
    title: text('title') || t('answered', { status: String(response.status) }),
    detail: text('detail'),
    faults: faultsOf(members.errors),
    traceId: text('trace_id') || traceOf(response),
    retryAfter: waitOf(response),
    members,
  });
}

function faultsOf(errors: unknown): Fault[] {
  if (!Array.isArray(errors)) return [];
  return errors
    .filter(isRecord)
    .map(({ pointer, detail }) => ({ pointer: String(pointer ?? ''), detail: String(detail ?? '') }));
}

function waitOf(response: Response): number | undefined {
  const header = response.headers.get('Retry-After');
  if (!header) return;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : undefined;
}

function traceOf(response: Response): string {
  return response.headers.get('traceparent')?.split('-')[1] ?? '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
