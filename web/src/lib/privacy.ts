import { type Dec, dec, multiply, ZERO } from './decimal';
import type { Privacy } from './preferences';

/** The mask has one width whatever it hides: a width that follows the digits gives the size away. */
export const MASK = '••••';

let factor: Dec | undefined;

// One factor for the life of the page: figures keep their proportions, and no reload averages it out on one screen.
function sessionFactor(): Dec {
  if (!factor) {
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    factor = dec(`${1 + (random % 8)}.${String(1000 + (random % 8999))}`);
  }
  return factor;
}

/** The value that may be shown: undefined under Hide, multiplied under Scramble. */
export function discreet(value: Dec, privacy: Privacy): Dec | undefined {
  if (privacy === 'hide') return;
  return privacy === 'scramble' && value !== ZERO ? multiply(value, sessionFactor()) : value;
}

/** `format(value)`, or the mask. */
export function veil(value: Dec, privacy: Privacy, format: (value: Dec) => string): string {
  const shown = discreet(value, privacy);
  return shown === undefined ? MASK : format(shown);
}

/** The factor by which an axis is stretched; undefined where an axis shows no figures. */
export function axisFactor(privacy: Privacy): Dec | undefined {
  return discreet(dec('1'), privacy);
}
