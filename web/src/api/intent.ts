/** One thing a person wants done once, however often the request is sent: the Idempotency-Key. */
export type Intent = string;

// crypto.randomUUID exists on secure origins only; a household may open the app by a plain address in its network.
export function newIntent(): Intent {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
