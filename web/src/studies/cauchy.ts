// What the tables of the study of the Cauchy law hold, in distances from the wall, and what is seen of them from a
// chosen distance (held against Python's by tests/cauchy.test.ts).
import { NBSP } from '../kit/numerals';
import type { Cell, Table } from '../kit/types';

export type Origin = 'rays' | 'ratio' | 'resonance' | 'walk';
export const ORIGINS: Origin[] = ['rays', 'ratio', 'resonance', 'walk'];

export const real = (cell: Cell | undefined): number => (typeof cell === 'number' ? cell : NaN);
export const column = (table: Table, name: string): number[] => (table.columns[name] ?? []).map(real);

/** Half of the middle 50 % of one normal draw, in its standard deviations. */
const QUARTILE = 0.6744897501960817;

/** A point of the plane, in distances: along the wall from the foot, and above the wall. */
export interface Spot {
  x: number;
  height: number;
}
export interface Draw {
  /** where it lands, in distances from the foot */
  x: number;
  /** the normal pair, the phase on the circle, or the last place of the walk: what it came from */
  from: Spot | null;
  /** the way from the source to the wall */
  way: Spot[];
}

const SOURCE: Spot = { x: 0, height: 1 };
/** How long the arrow of a pair of standard normals is drawn, in distances. */
export const ARROW = 0.3;

/** Where the ray to x crosses the circle that stands on the foot and has the source on top: the phase of a resonance. */
export function onCircle(x: number): Spot {
  const cos2 = 1 / (1 + x * x);
  return { x: x * cos2, height: 1 - cos2 };
}

/** Every draw that is shown one by one, and how it came about. */
export function draws(tables: Record<string, Table>, origin: Origin): Draw[] {
  const shown = tables['shown']!;
  const places = column(shown, origin);
  const down = (x: number): Spot[] => [SOURCE, { x, height: 0 }];
  if (origin === 'ratio') {
    const [above, below] = [column(shown, 'above'), column(shown, 'below')];
    return places.map((x, i) => ({
      x,
      from: { x: ARROW * above[i]!, height: 1 - ARROW * below[i]! },
      way: down(x),
    }));
  }
  if (origin === 'walk') {
    const walks = tables['walks']!;
    const ways: Spot[][] = [];
    const [walk, x, height] = [column(walks, 'walk'), column(walks, 'x'), column(walks, 'height')];
    walk.forEach((which, i) => (ways[which] ??= []).push({ x: x[i]!, height: height[i]! }));
    return places.map((place, i) => ({ x: place, from: null, way: ways[i] ?? down(place) }));
  }
  return places.map((x) => ({ x, from: origin === 'resonance' ? onCircle(x) : null, way: down(x) }));
}

export const mean = (values: number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Pile {
  counts: number[];
  left: number;
  right: number;
}
/** How many of the places lie in each of `bins` equal bins from -reach to reach, and how many beyond. */
export function pile(places: number[], reach: number, bins: number): Pile {
  const out: Pile = { counts: new Array<number>(bins).fill(0), left: 0, right: 0 };
  for (const x of places) {
    const bin = Math.floor(((x + reach) * bins) / (2 * reach));
    if (bin < 0) out.left += 1;
    else if (bin >= bins) out.right += 1;
    else out.counts[bin]! += 1;
  }
  return out;
}

/** The density of where rays land from distance d, a metre. */
export const density = (x: number, d: number): number => d / (Math.PI * (d * d + x * x));

export interface Step {
  n: number;
  mean: number;
  median: number;
  farthest: number;
}
export function path(table: Table): Step[] {
  const [n, means, medians, far] = ['n', 'mean', 'median', 'farthest'].map((name) => column(table, name));
  return n!.map((each, i) => ({ n: each, mean: means![i]!, median: medians![i]!, farthest: far![i]! }));
}

export interface Leap {
  n: number;
  from: number;
  to: number;
  draw: number;
}
/** The places at which one draw, farther out than all before, moved the mean the most. */
export function leaps(steps: Step[], most: number, after = 20): Leap[] {
  const out: Leap[] = [];
  for (let i = 1; i < steps.length; i++) {
    const [before, now] = [steps[i - 1]!, steps[i]!];
    if (now.n <= after || now.farthest === before.farthest) continue;
    out.push({ n: now.n, from: before.mean, to: now.mean, draw: now.farthest });
  }
  out.sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from));
  // None near another, so that their names have room.
  const kept: Leap[] = [];
  for (const one of out)
    if (kept.length < most && kept.every((other) => Math.abs(Math.log10(one.n / other.n)) > 0.7)) kept.push(one);
  return kept;
}

export type Series = 'cauchy_mean' | 'cauchy_median' | 'normal_mean';
/** Quantiles over many paths after n draws. */
export interface Span {
  n: number;
  low: number;
  lower: number;
  middle: number;
  upper: number;
  high: number;
}
export function spans(table: Table, series: Series): Span[] {
  const of = (name: string) => column(table, `${series}_${name}`);
  const [low, lower, middle, upper, high] = [of('low'), of('lower'), of('middle'), of('upper'), of('high')];
  return column(table, 'n').map((n, i) => ({
    n,
    low: low[i]!,
    lower: lower[i]!,
    middle: middle[i]!,
    upper: upper[i]!,
    high: high[i]!,
  }));
}

/** Half of the middle 50 %, as theory has it: of a Cauchy mean, a Cauchy median (of many draws), a normal mean. */
export function expected(series: Series, n: number): number {
  if (series === 'cauchy_mean') return 1;
  return series === 'cauchy_median' ? (QUARTILE * Math.PI) / 2 / Math.sqrt(n) : 1 / Math.sqrt(n);
}
/** By what factor half of the middle 50 % of so many paths may be off, 95 times in 100. */
export function off(series: Series, paths: number): number {
  return Math.exp((1.96 * (series === 'cauchy_mean' ? Math.PI / 2 : 1.166)) / Math.sqrt(paths));
}
export const width = (one: Span): number => (one.upper - one.lower) / 2;

/** How many, in millions where there are. */
export const count = (n: number, number: (value: number, digits?: number) => string): string =>
  n >= 1e6 ? `${number(n / 1e6)}${NBSP}million` : number(n);

/** A length in metres, in kilometres where it is far, in millimetres where it is near. */
export function far(metres: number, number: (value: number, digits?: number) => string): string {
  const size = Math.abs(metres);
  if (size > 0 && size < 0.01) return `${number(1000 * metres, 2)}${NBSP}mm`;
  if (size >= 10_000) return `${number(metres / 1000, 2)}${NBSP}km`;
  return `${number(metres, size < 100 ? 2 : 3)}${NBSP}m`;
}
