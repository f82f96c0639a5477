// Everything a threshold and two costs can ask of a score, by looking up in tables that Python made once.
import type { Table } from '../types';
import { likely } from './binomial';

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
 * First and last of the cuts whose cost these rows cannot tell from the least, as Python's `equal_cuts`. Between a cut
 * and the cheapest only the rows between them count: if both cost the same, a share c_fn / (c_fp + c_fn) of those are
 * negatives, give or take a binomial's spread.
 */
export function plateau(
  table: Lookup,
  costs: Costs,
  best = cheapest(table, costs),
  tail = 0.025,
): [first: number, last: number] {
  const share = costs.fn / (costs.fp + costs.fn);
  const alike = (i: number) => {
    const a = Math.abs(table.fp[i]! - table.fp[best]!) * table.scale;
    const b = Math.abs(table.tp[i]! - table.tp[best]!) * table.scale;
    return i < best ? likely(a, b, share, tail) : likely(b, a, 1 - share, tail);
  };
  let first = 0;
  while (first < best && !alike(first)) first += 1;
  let last = table.threshold.length - 1;
  while (last > best && !alike(last)) last -= 1;
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

/** What the curves of ROC and of precision and recall pass through at every cut. */
export function curves(table: Lookup): { recall: Float64Array; falseAlarms: Float64Array; precision: Float64Array } {
  return {
    recall: table.tp.map((tp) => tp / Math.max(table.positives, 1e-300)),
    falseAlarms: table.fp.map((fp) => fp / Math.max(table.negatives, 1e-300)),
    precision: table.tp.map((tp, i) => (tp + table.fp[i]! > 0 ? tp / (tp + table.fp[i]!) : NaN)),
  };
}

export interface Guide {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  kind: 'null' | 'iso';
}

/** The line of equal cost through a cut's point of the ROC plane, clipped to the plane; its slope is c_fp N / (c_fn P). */
export function iso(table: Lookup, costs: Costs, index: number): Guide[] {
  const slope = (costs.fp * table.negatives) / (costs.fn * table.positives);
  if (!(slope > 0 && slope < Infinity)) return [];
  const [x, y] = [table.fp[index]! / table.negatives, table.tp[index]! / table.positives];
  const from = Math.max(0, x - y / slope);
  const to = Math.min(1, x + (1 - y) / slope);
  return [{ x1: from, y1: y + slope * (from - x), x2: to, y2: y + slope * (to - x), kind: 'iso' }];
}
