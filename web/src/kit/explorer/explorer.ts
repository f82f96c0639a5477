// Everything a threshold and two costs can ask of a score, by looking up in tables that Python made once.
import type { Table } from '../types';

/** The two-sided 95 % point of the standard normal. */
export const Z95 = 1.959963984540054;

/** Cuts ascending: what each flags, and the rows there are. `scale`: effective rows for each unit of weight. */
export interface Lookup {
  threshold: Float64Array;
  tp: Float64Array;
  fp: Float64Array;
  positives: number;
  negatives: number;
  scale: number;
}

export interface Point {
  threshold: number;
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

export interface Costs {
  fp: number;
  fn: number;
}

export interface Rate {
  value: number;
  low: number;
  high: number;
  part: number;
  whole: number;
}

const numbers = (column: unknown[] | undefined) =>
  Float64Array.from((column ?? []) as number[], (value) => value ?? NaN);

export function lookup(cuts: Table, positives: number, negatives: number, scale = 1): Lookup {
  const { threshold, tp, fp } = cuts.columns;
  return { threshold: numbers(threshold), tp: numbers(tp), fp: numbers(fp), positives, negatives, scale };
}

/** Index of the first cut at or above the threshold; the last, which flags nothing, beyond all of them. */
export function place(table: Lookup, threshold: number): number {
  let low = 0;
  let high = table.threshold.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.threshold[middle]! >= threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function point(table: Lookup, index: number): Point {
  const tp = table.tp[index] ?? 0;
  const fp = table.fp[index] ?? 0;
  return { threshold: table.threshold[index] ?? 1, tp, fp, fn: table.positives - tp, tn: table.negatives - fp };
}

/** Expected cost of a row. */
export function cost(at: Point, costs: Costs): number {
  return (costs.fp * at.fp + costs.fn * at.fn) / (at.tp + at.fp + at.fn + at.tn);
}

/** Expected cost of a row at every cut. */
export function costCurve(table: Lookup, costs: Costs): Float64Array {
  const rows = table.positives + table.negatives;
  return table.fp.map((fp, i) => (costs.fp * fp + costs.fn * (table.positives - table.tp[i]!)) / rows);
}

/** Index of the cut of least cost; the middle of the longest stretch when several cost the same. */
export function cheapest(table: Lookup, costs: Costs): number {
  const size = table.threshold.length;
  const at = (i: number) => costs.fp * table.fp[i]! + costs.fn * (table.positives - table.tp[i]!);
  let least = Infinity;
  for (let i = 0; i < size; i += 1) least = Math.min(least, at(i));
  const limit = least + 1e-9 * Math.max(costs.fp * table.negatives, costs.fn * table.positives);
  let [start, stop, from] = [0, 0, -1];
  for (let i = 0; i <= size; i += 1) {
    const inside = i < size && at(i) <= limit;
    if (inside && from < 0) from = i;
    if (!inside && from >= 0) {
      if (i - from > stop - start) [start, stop] = [from, i];
      from = -1;
    }
  }
  return Math.max(0, Math.floor((start + stop - 1) / 2));
}

/**
 * First and last of the cuts whose cost these rows cannot tell from the least. Between two cuts only the rows between
 * them count: their cost differs by c_fp ΔFP - c_fn ΔTP, with variance c_fp² ΔFP + c_fn² ΔTP.
 */
export function plateau(table: Lookup, costs: Costs, z = Z95): [first: number, last: number] {
  const best = cheapest(table, costs);
  let first = best;
  let last = best;
  for (let i = 0; i < table.threshold.length; i += 1) {
    const alarms = table.fp[i]! - table.fp[best]!;
    const hits = table.tp[i]! - table.tp[best]!;
    const excess = costs.fp * alarms - costs.fn * hits;
    const variance = (costs.fp ** 2 * Math.abs(alarms) + costs.fn ** 2 * Math.abs(hits)) / table.scale;
    if (excess <= z * Math.sqrt(variance)) {
      first = Math.min(first, i);
      last = Math.max(last, i);
    }
  }
  return [first, last];
}

/** Wilson's score interval of a proportion; (0, 1) without trials. */
export function wilson(part: number, whole: number, z = Z95): [low: number, high: number] {
  if (!(whole > 0)) return [0, 1];
  const p = part / whole;
  const centre = (p + (z * z) / (2 * whole)) / (1 + (z * z) / whole);
  const half = (z / (1 + (z * z) / whole)) * Math.sqrt((p * (1 - p)) / whole + (z * z) / (4 * whole * whole));
  return [part > 0 ? Math.max(0, centre - half) : 0, part < whole ? Math.min(1, centre + half) : 1];
}

function rate(part: number, whole: number, scale: number): Rate {
  const [low, high] = wilson(Math.min(part, whole) * scale, whole * scale);
  return { value: whole > 0 ? part / whole : NaN, low, high, part, whole };
}

export interface Rates {
  recall: Rate;
  specificity: Rate;
  precision: Rate;
  alarms: Rate;
}

export function rates(at: Point, scale = 1): Rates {
  const rows = at.tp + at.fp + at.fn + at.tn;
  return {
    recall: rate(at.tp, at.tp + at.fn, scale),
    specificity: rate(at.tn, at.tn + at.fp, scale),
    precision: rate(at.tp, at.tp + at.fp, scale),
    alarms: rate(at.tp + at.fp, rows, scale),
  };
}

/** The threshold of a calibrated score from which an alarm costs less than silence. */
export const calibratedCut = (costs: Costs) => costs.fp / (costs.fp + costs.fn);

/** Index of the cut whose place in a plane is nearest to a point in it; distances in the units given. */
export function nearest(x: ArrayLike<number>, y: ArrayLike<number>, to: { x: number; y: number }): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < x.length; i += 1) {
    const distance = (x[i]! - to.x) ** 2 + (y[i]! - to.y) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** Log-odds, ±`most` at and beyond 0 and 1. */
export function logit(p: number, most = 40): number {
  if (!(p > 0)) return -most;
  if (!(p < 1)) return most;
  return Math.max(-most, Math.min(most, Math.log(p) - Math.log1p(-p)));
}

export const sigmoid = (s: number) => (s >= 0 ? 1 / (1 + Math.exp(-s)) : Math.exp(s) / (1 + Math.exp(s)));

/** What a threshold is called: two digits of it, or of what it lacks to one. */
export function cutText(p: number): string {
  if (p <= 0) return '0';
  if (p >= 1) return '1';
  const short = p < 0.5 ? p : 1 - p;
  const decimals = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(short))));
  return p.toFixed(decimals);
}

/** Probabilities that stand as ticks on an axis of log-odds between two ends, no more than `most`. */
export function ticks(low: number, high: number, most = 9): number[] {
  const all = [0.5];
  for (let power = 1; power <= 12; power += 1) all.push(10 ** -power, 1 - 10 ** -power);
  for (const p of [0.02, 0.05, 0.2, 0.3, 0.7, 0.8, 0.95, 0.98]) all.push(p);
  const fits = (kept: number[]) => kept.filter((p) => p >= low && p <= high).sort((a, b) => a - b);
  const tens = fits(all.slice(0, 25));
  const full = fits(all);
  return full.length <= most ? full : tens.length <= most ? tens : tens.filter((p, i) => p === 0.5 || i % 2 === 0);
}

/** The curve's points that a picture needs: what lies closer than a third of a pixel to the last is left out. */
export function path(x: ArrayLike<number>, y: ArrayLike<number>): string {
  let out = '';
  let [lastX, lastY] = [NaN, NaN];
  for (let i = 0; i < x.length; i += 1) {
    const [px, py] = [x[i]!, y[i]!];
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    const first = out === '';
    if (!first && i < x.length - 1 && Math.abs(px - lastX) < 0.35 && Math.abs(py - lastY) < 0.35) continue;
    out += `${first ? 'M' : 'L'}${px.toFixed(1)},${py.toFixed(1)}`;
    [lastX, lastY] = [px, py];
  }
  return out;
}
