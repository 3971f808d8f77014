import { type HierarchyRectangularNode, hierarchy, treemap } from 'd3-hierarchy';
import { useMemo } from 'react';
import { change, percent } from '@/lib/format';
import { AsTable } from './as-table';
import { t } from './messages';
import { useWidth } from './use-width';

export interface Tile {
  id: string;
  label: string;
  /** Share of the whole as a fraction; what is not above 0 has no area and is left out. */
  weight: number;
  /** The move that gives the colour; null where it is not known. */
  change: number | null;
}

export interface TileGroup {
  id: string;
  label: string;
  tiles: readonly Tile[];
}

interface TreemapProps {
  label: string;
  groups: readonly TileGroup[];
  height?: number;
  /** A click on a tile: filter or open. */
  onTile?: (id: string) => void;
}

type Node = { id: string; label: string; weight: number; change: number | null; children?: Node[] };
type Rect = HierarchyRectangularNode<Node>;

const OTHER_BELOW = 0.01;
const HEADER_PX = 17;
// What is smaller cannot be hit (WCAG 2.5.8); the table below has it too.
const TARGET_PX = 24;
const LABEL_MIN = { width: 48, height: 28 };
// About 6.2 px a letter at 11 px: a label that would not fit is left out, never cut.
const LETTER_PX = 6.6;
// The first line is bold: digits and capitals, as of an ISIN, take most.
const BOLD_PX = 7.8;
// An arrow is wider than a letter.
const ARROW_PX = 6;

/** Area is weight, colour is the move. Nested lists; a label stands only where it fits whole. */
export function Treemap({ label, groups, height = 260, onTile }: TreemapProps) {
  const [ref, width] = useWidth();
  const root = useMemo(() => layout(groups, width, height), [groups, width, height]);
  return (
    <figure className="min-w-0">
      <div ref={ref} className="relative overflow-hidden rounded-md" style={{ height }}>
        {width > 0 && (
          <ul aria-label={label}>
            {(root.children ?? []).map((group) => (
              <li key={group.data.id}>
                <GroupLabel group={group} />
                <ul>
                  {(group.children ?? []).map((tile) => (
                    <TileBox key={tile.data.id} tile={tile} onTile={onTile} />
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        )}
      </div>
      <AsTable
        name={label}
        header={[t('name'), t('weight'), t('change')]}
        rows={() =>
          groups.flatMap(({ tiles }) =>
            tiles.map((tile) => [
              tile.label,
              percent(tile.weight),
              tile.change === null ? '–' : change(tile.change),
            ]),
          )
        }
      />
    </figure>
  );
}

function layout(groups: readonly TileGroup[], width: number, height: number): Rect {
  const children = groups.map(withOther).filter((group) => group.children?.length);
  const root = hierarchy<Node>({ id: '', label: '', weight: 0, change: null, children })
    .sum((node) => (node.children ? 0 : node.weight))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return treemap<Node>()
    .size([width, height])
    .paddingInner(2)
    .paddingTop((node) => (node.depth === 1 ? HEADER_PX : 0))
    .round(true)(root);
}

// Tiles under one per cent would be specks: together they are one.
function withOther({ id, label, tiles }: TileGroup): Node {
  const positive = tiles.filter(({ weight }) => weight > 0);
  const large = positive.filter(({ weight }) => weight >= OTHER_BELOW);
  const small = positive.filter(({ weight }) => weight < OTHER_BELOW);
  const rest = small.reduce((total, { weight }) => total + weight, 0);
  const other = { id: `${id}-other`, label: t('other', { count: small.length }), weight: rest, change: null };
  const children = small.length > 1 ? [...large, other] : positive;
  return { id, label, weight: 0, change: null, children: [...children] };
}

function GroupLabel({ group }: { group: Rect }) {
  const width = group.x1 - group.x0;
  const fits = group.data.label.length * LETTER_PX <= width;
  return (
    <span
      className={fits ? 'absolute whitespace-nowrap text-[11px] text-muted leading-[17px]' : 'sr-only'}
      style={fits ? { left: group.x0, top: group.y0 } : undefined}
    >
      {group.data.label}
    </span>
  );
}

const FULL_MOVE = 0.05;

function tint(move: number | null): string {
  if (move === null || move === 0) return 'color-mix(in srgb, var(--muted) 14%, var(--panel))';
  const strength = 12 + Math.min(Math.abs(move) / FULL_MOVE, 1) * 30;
  return `color-mix(in srgb, var(${move > 0 ? '--gain' : '--loss'}) ${strength.toFixed(0)}%, var(--panel))`;
}

function TileBox({ tile, onTile }: { tile: Rect; onTile: ((id: string) => void) | undefined }) {
  const { data } = tile;
  const [width, height] = [tile.x1 - tile.x0, tile.y1 - tile.y0];
  const move = data.change === null ? '' : change(data.change);
  const arrow = !/[1-9]/.test(move) ? '' : (data.change ?? 0) > 0 ? '▲ ' : '▼ ';
  const share = percent(data.weight);
  const fits = (text: string, line: number) =>
    width >=
      Math.max(
        LABEL_MIN.width,
        text.length * (line === 0 ? BOLD_PX : LETTER_PX) + 12 + (line === 1 ? ARROW_PX : 0),
      ) && height >= LABEL_MIN.height + line * 14;
  const lines = [data.label, `${arrow}${move}`, share].map((text, line) => ({
    text,
    isShown: text !== '' && fits(text, line),
  }));
  const spoken = `${data.label}: ${t('share', { percent: share })}, ${move || t('noChange')}`;
  const isTarget = Math.min(width, height) >= TARGET_PX;
  const content = (
    <>
      <span className="sr-only">{spoken}</span>
      {lines.map(({ text, isShown }, line) =>
        isShown ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: three fixed lines
          <span key={line} aria-hidden="true" className={line === 0 ? 'block font-semibold' : 'block'}>
            {text}
          </span>
        ) : null,
      )}
    </>
  );
  const look =
    'absolute overflow-hidden rounded-sm px-1.5 py-1 text-start text-[11px] leading-[14px] text-text';
  const style = { left: tile.x0, top: tile.y0, width, height, background: tint(data.change) };
  return (
    <li>
      {onTile && isTarget && !data.id.endsWith('-other') ? (
        <button
          type="button"
          title={spoken}
          style={style}
          className={`${look} flex flex-col items-start -outline-offset-2 hover:brightness-105`}
          onClick={() => onTile(data.id)}
        >
          {content}
        </button>
      ) : (
        <div title={spoken} style={style} className={look}>
          {content}
        </div>
      )}
    </li>
  );
}
