import * as z from 'zod/mini';
import { Id, Instant, listOf } from './scalars';

export const AuthStatus = z.object({ has_users: z.boolean(), registration: z.enum(['open', 'closed']) });

export const User = z.object({
  id: Id,
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  is_active: z.boolean(),
  is_admin: z.boolean(),
  created_at: Instant,
  updated_at: Instant,
});

export const Tenant = z.object({ id: Id, name: z.string(), role: z.enum(['owner', 'member', 'viewer']) });

export const Registered = z.object({ user: User, tenant: Tenant });

export const Me = z.object({
  user: User,
  tenant: Tenant,
  csrf_token: z.nullable(z.string()),
  expires_at: Instant,
});

/** What a login answers: as Me, with a token in any case. */
export const SignedIn = z.extend(Me, { csrf_token: z.string() });

export const Session = z.object({
  id: Id,
  kind: z.enum(['session', 'token']),
  created_at: Instant,
  last_used_at: Instant,
  expires_at: Instant,
  user_agent: z.string(),
  address: z.string(),
  is_current: z.boolean(),
});
export const Sessions = listOf(Session);

export type AuthStatus = z.infer<typeof AuthStatus>;
export type User = z.infer<typeof User>;
export type Tenant = z.infer<typeof Tenant>;
export type Me = z.infer<typeof Me>;
export type Session = z.infer<typeof Session>;
