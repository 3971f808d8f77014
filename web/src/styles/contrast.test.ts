import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(`${process.cwd()}/src/styles/tokens.css`, 'utf8');

type Rgb = readonly [number, number, number];

/** The plain colours of one rule, by token. */
function rule(selector: string): Record<string, string> {
  const at = css.indexOf(`\n${selector} {`);
  if (at < 0) throw new Error(`no rule ${selector}`);
  const body = css.slice(at, css.indexOf('\n}', at));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

function rgb(hex: string | undefined): Rgb {
  if (!hex) throw new Error('no such token');
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return [r, g, b];
}

/** WCAG 2.2 relative luminance and contrast. */
function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** color-mix in srgb: `share` of the first. */
function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const [r = 0, g = 0, bl = 0] = a.map((part, i) => part * share + (b[i] ?? 0) * (1 - share));
  return [r, g, bl];
}

const light = rule(':root');
const dark = { ...light, ...rule('[data-theme="dark"]') };
const themes = {
  light,
  dark,
  'light red-green': { ...light, ...rule('[data-palette="red-green"]') },
  'light east-asian': { ...light, ...rule('[data-palette="east-asian"]') },
  'dark red-green': { ...dark, ...rule('[data-theme="dark"][data-palette="red-green"]') },
  'dark east-asian': { ...dark, ...rule('[data-theme="dark"][data-palette="east-asian"]') },
};

describe.each(Object.entries(themes))('%s', (_, tokens) => {
  const colour = (name: string) => rgb(tokens[name as keyof typeof tokens]);

  it.each(['text', 'muted', 'accent', 'gain', 'loss', 'danger'])('%s is readable on every ground', (name) => {
    for (const ground of ['bg', 'panel']) {
      expect(contrast(colour(name), colour(ground)), `on ${ground}`).toBeGreaterThanOrEqual(4.7);
    }
    // The wash of a hovered or chosen row: 5 % of the text on the panel.
    const wash = mix(colour('text'), colour('panel'), 0.05);
    expect(contrast(colour(name), wash), 'on a washed row').toBeGreaterThanOrEqual(4.5);
  });

  it.each(['accent', 'danger'])('text on %s is readable', (name) => {
    expect(contrast(colour(`${name}-ink`), colour(name))).toBeGreaterThanOrEqual(4.5);
    // Under the pointer a button is another colour, never a paler one that lets its ground through.
    expect(contrast(colour(`${name}-ink`), colour(`${name}-hover`))).toBeGreaterThanOrEqual(
      contrast(colour(`${name}-ink`), colour(name)),
    );
  });

  it('inputs have an edge that can be seen', () => {
    for (const ground of ['bg', 'panel']) {
      expect(contrast(colour('control-line'), colour(ground))).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(['gain', 'loss'])('text on the strongest treemap tile of a %s is readable', (name) => {
    expect(contrast(colour('text'), mix(colour(name), colour('panel'), 0.42))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('series %i can be told from the panel', (series) => {
    expect(contrast(colour(`series-${series}`), colour('panel'))).toBeGreaterThanOrEqual(3);
  });
});
