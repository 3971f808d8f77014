import type { Me } from '@/api/parse/identity';

/** Who is signed in, as the API says it. */
const at = '2026-11-25T20:00:00Z';
export const me: Me = {
  user: {
    id: 'u',
    email: 'ada@example.org',
    first_name: 'Ada',
    last_name: '',
    is_active: true,
    is_admin: false,
    created_at: at,
    updated_at: at,
  },
  tenant: { id: 't', name: 'Household', role: 'owner' },
  csrf_token: 'csrf',
  expires_at: at,
};
