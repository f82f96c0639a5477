// Which cell is responsible for a box, what the target holds of it, and what it loses; held by tests/grid-cell.test.ts
// against science/images on the same boxes.
import type { Params } from '../kit/host';
import type { Table } from '../kit/types';

export const WIDTH = 640;
export const HEIGHT = 480;
export const KINDS = ['red cell', 'white cell', 'platelet'] as const;
export const FINEST = 40;

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  kind: number;
}
export interface Size {
  width: number;
  height: number;
}
export interface Cell {
  row: number;
  column: number;
  /** of the centre, as a share of the cell, from its left and its top */
  x: number;
  y: number;
}
export interface Setting {
  photograph: number;
  grid: number;
  anchors: number;
  free: boolean;
  /** from 0 */
  object: number;
  right: number;
  down: number;
}
/** What a place of the target says: there is an object, where in the cell, how large, and what. */
export interface Place extends Cell {
  place: number;
  box: number;
  values: number[];
}
export interface Target {
  places: Place[];
  lost: number[];
}

const numbers = (table: Table | undefined, name: string) => (table?.columns[name] ?? []) as number[];

export function setting(params: Params, boxes: number): Setting {
  return {
    photograph: Number(params['photograph']),
    grid: Number(params['grid']),
    anchors: Number(params['anchors']),
    free: params['rule'] === 'free',
    object: Math.min(Number(params['object']), boxes) - 1,
    right: Number(params['right']),
    down: Number(params['down']),
  };
}

/** The boxes of one photograph, in the order of annotation. */
export function boxes(table: Table | undefined, photograph: number): Box[] {
  const of = (name: string) => numbers(table, name);
  const [left, top, right, bottom, kind] = [of('left'), of('top'), of('right'), of('bottom'), of('kind')];
  return of('photograph').flatMap((one, i) =>
    one === photograph ? [{ left: left[i]!, top: top[i]!, right: right[i]!, bottom: bottom[i]!, kind: kind[i]! }] : [],
  );
}

/** The anchors where there are so many; of one, none: the cell has one place for any size. */
export function anchors(table: Table | undefined, count: number): Size[] {
  const [of, width, height] = [numbers(table, 'of'), numbers(table, 'width'), numbers(table, 'height')];
  if (count < 2) return [];
  return of.flatMap((one, i) => (one === count ? [{ width: width[i]!, height: height[i]! }] : []));
}

export const centre = (one: Box) => ({ x: (one.left + one.right) / 2, y: (one.top + one.bottom) / 2 });
export const size = (one: Box): Size => ({ width: one.right - one.left, height: one.bottom - one.top });
const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The boxes with one of them moved, as far as it stays inside the photograph. */
export function moved(all: Box[], { object, right, down }: Pick<Setting, 'object' | 'right' | 'down'>): Box[] {
  return all.map((one, i) => {
    if (i !== object) return one;
    const dx = between(right, -one.left, WIDTH - one.right);
    const dy = between(down, -one.top, HEIGHT - one.bottom);
    return { ...one, left: one.left + dx, right: one.right + dx, top: one.top + dy, bottom: one.bottom + dy };
  });
}

/** The cell that holds a point; on a line it is the one to the right or below, on the far edges the last. */
export function cell({ x, y }: { x: number; y: number }, grid: number): Cell {
  const [across, down] = [(x * grid) / WIDTH, (y * grid) / HEIGHT];
  const column = Math.min(Math.floor(across), grid - 1);
  const row = Math.min(Math.floor(down), grid - 1);
  return { row, column, x: across - column, y: down - row };
}

/** How many cells a box reaches into. */
export function reach(one: Box, grid: number): number {
  const along = (low: number, high: number, side: number) =>
    Math.ceil((high * grid) / side) - Math.floor((low * grid) / side);
  return along(one.left, one.right, WIDTH) * along(one.top, one.bottom, HEIGHT);
}

/** Intersection over union of two sizes with one middle. */
export function overlap(one: Size, other: Size): number {
  const shared = Math.min(one.width, other.width) * Math.min(one.height, other.height);
  return shared / (one.width * one.height + other.width * other.height - shared);
}

/** The target of the boxes: of several in one place the last stays; with `free` each takes the best place left. */
export function encode(all: Box[], grid: number, base: Size[], free: boolean): Target {
  const held = new Map<number, Place>();
  const lost: number[] = [];
  const places = Math.max(1, base.length);
  all.forEach((one, box) => {
    const at = cell(centre(one), grid);
    const key = (place: number) => (at.row * grid + at.column) * places + place;
    let place = -1;
    let most = -1;
    for (let k = 0; k < places; k += 1) {
      if (free && held.has(key(k))) continue;
      const share = base.length ? overlap(size(one), base[k]!) : 1;
      if (share > most) [place, most] = [k, share];
    }
    if (place < 0) {
      lost.push(box);
      return;
    }
    const before = held.get(key(place));
    if (before) lost.push(before.box);
    const { width, height } = size(one);
    const anchor = base[place];
    const extent = anchor
      ? [Math.log(width / anchor.width), Math.log(height / anchor.height)]
      : [width / WIDTH, height / HEIGHT];
    const values = [1, at.x, at.y, ...extent, ...KINDS.map((_, kind) => Number(kind === one.kind))];
    held.set(key(place), { ...at, place, box, values });
  });
  return { places: [...held.values()], lost: lost.sort((a, b) => a - b) };
}

/** What a value of a place is called. */
export function names(base: Size[]): string[] {
  const extent = base.length
    ? ['log width / anchor’s', 'log height / anchor’s']
    : ['width / photograph’s', 'height / photograph’s'];
  return ['object', 'offset right', 'offset down', ...extent, ...KINDS];
}

/** From a box's own place to where its centre is a pixel past the next line on its right, or else on its left. */
export function overLine(one: Box, grid: number, now: number): number {
  const { x } = centre(one);
  const side = WIDTH / grid;
  const at = x + now;
  const line = Math.max(1, Math.min(grid - 1, Math.round(at / side))) * side;
  const near = Math.abs(at - line) <= 1.001;
  const past = at >= line;
  const to = near && past ? Math.ceil(line - x) - 1 : Math.ceil(line - x);
  return between(to, -one.left, WIDTH - one.right);
}

/** The box whose centre is nearest to that of another. */
export function nearest(all: Box[], object: number): number {
  const from = centre(all[object]!);
  let [best, found] = [Infinity, -1];
  all.forEach((one, i) => {
    if (i === object) return;
    const to = centre(one);
    const far = (to.x - from.x) ** 2 + (to.y - from.y) ** 2;
    if (far < best) [best, found] = [far, i];
  });
  return found;
}

export interface Loss {
  value: number;
  low: number;
  high: number;
}
export interface Course {
  grid: number[];
  value: number[];
  low: number[];
  high: number[];
}

/** What each grid loses with so many places, by one rule, or by chance. */
export function course(table: Table | undefined, places: number, rule: 'best' | 'free' | 'null'): Course {
  const rows = numbers(table, 'places').flatMap((one, i) => (one === places ? [i] : []));
  const of = (name: string) => rows.map((i) => numbers(table, name)[i]!);
  const value = of(rule);
  if (rule === 'null') return { grid: of('grid'), value, low: value, high: value };
  return { grid: of('grid'), value, low: of(`${rule}_low`), high: of(`${rule}_high`) };
}

export function at(of: Course, grid: number): Loss {
  const i = of.grid.indexOf(grid);
  return { value: of.value[i] ?? NaN, low: of.low[i] ?? NaN, high: of.high[i] ?? NaN };
}
