// Which error hurts more: everything that two costs ask of the cuts that a classifier can reach, by looking up in the
// tables that Python made; held by tests/precision-recall.test.ts against Python's answers.
import { cheapest, lookup, Z95, type Costs, type Lookup } from '../kit/explorer/explorer';
import type { Outcome, Table } from '../kit/types';

export const FOLDS = 5;

export interface Folded extends Lookup {
  /** what each cut flags of each fold */
  folds: { tp: Float64Array; fp: Float64Array }[];
}

export function folded(outcome: Pick<Outcome, 'tables' | 'numbers'>): Folded {
  const { positives, negatives, scale } = outcome.numbers;
  const table = outcome.tables.cuts!;
  const whole = lookup(table, positives ?? 0, negatives ?? 0, scale ?? 1);
  const column = (name: string) => Float64Array.from(table.columns[name] as number[]);
  const folds = Array.from({ length: FOLDS }, (_, i) => ({ tp: column(`tp_${i}`), fp: column(`fp_${i}`) }));
  return { ...whole, folds };
}

export interface Case {
  name: string;
  positive: string;
  false_alarm: string;
  miss: string;
  fp: number;
  fn: number;
  unit: string;
  source: string;
  assumed: boolean;
  per_row: boolean;
  first: string;
}

export function cases(table: Table): Case[] {
  const { columns } = table;
  return (columns.name ?? []).map(
    (_, i) => Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[i]])) as unknown as Case,
  );
}

/** Log of the gamma function, by Lanczos' sum (g = 7, nine terms). */
function logGamma(x: number): number {
  const terms = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  let sum = terms[0]!;
  for (let k = 1; k < 9; k += 1) sum += terms[k]! / (x - 1 + k);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function, by its continued fraction (Lentz's way of evaluating it). */
export function betainc(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betainc(b, a, 1 - x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const safe = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let c = 1;
  let out = d;
  for (let m = 1; m < 20_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    out *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    out *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return front * out;
}

/** Whether a binomial's tail from `many` on is longer than `tail`; far out the normal's tail decides without a sum. */
function likely(many: number, few: number, chance: number, tail: number): boolean {
  if (!(many > 0)) return true;
  const mean = (many + few) * chance;
  if (many <= mean) return true;
  const spread = Math.sqrt(mean * (1 - chance));
  if (mean > 50 && many > mean + 12 * spread) return false;
  return betainc(many, few + 1, chance) > tail;
}

/**
 * First and last of the cuts whose cost these rows cannot tell from the least, as Python's `equal_cuts`: of the rows
 * between two cuts of equal cost a share fn / (fp + fn) would be negative, give or take a binomial's spread.
 */
export function plateau(table: Lookup, costs: Costs, best: number, tail = 0.025): [first: number, last: number] {
  const alike = (i: number) => {
    const a = Math.abs(table.fp[i]! - table.fp[best]!) * table.scale;
    const b = Math.abs(table.tp[i]! - table.tp[best]!) * table.scale;
    return i < best
      ? likely(a, b, costs.fn / (costs.fp + costs.fn), tail)
      : likely(b, a, costs.fp / (costs.fp + costs.fn), tail);
  };
  let first = 0;
  while (first < best && !alike(first)) first += 1;
  let last = table.threshold.length - 1;
  while (last > best && !alike(last)) last -= 1;
  return [first, last];
}

export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** The expected cost of a row with its interval: the score intervals of both errors' shares, combined as squares. */
export function costEstimate(table: Lookup, alarms: number, misses: number, costs: Costs): Estimate {
  const total = table.positives + table.negatives;
  const n = total * table.scale;
  const z2 = Z95 * Z95;
  const end = (share: number) => {
    const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const half = (Z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
    return [share - Math.max(centre - half, 0), Math.min(centre + half, 1) - share] as const;
  };
  const [a, m] = [alarms / total, misses / total];
  const [ends, others] = [end(a), end(m)];
  const value = costs.fp * a + costs.fn * m;
  return {
    value,
    low: value - Math.hypot(costs.fp * ends[0], costs.fn * others[0]),
    high: value + Math.hypot(costs.fp * ends[1], costs.fn * others[1]),
  };
}

/** What cuts chosen on the other folds cost on each fold, and which cuts those were. */
export function judged(table: Folded, costs: Costs): Estimate & { picks: number[] } {
  let [alarms, misses] = [0, 0];
  const picks = table.folds.map((fold) => {
    const rest: Lookup = {
      ...table,
      tp: table.tp.map((tp, i) => Math.max(tp - fold.tp[i]!, 0)),
      fp: table.fp.map((fp, i) => Math.max(fp - fold.fp[i]!, 0)),
      positives: table.positives - fold.tp[0]!,
      negatives: table.negatives - fold.fp[0]!,
    };
    const pick = cheapest(rest, costs);
    alarms += fold.fp[pick]!;
    misses += fold.tp[0]! - fold.tp[pick]!;
    return pick;
  });
  return { ...costEstimate(table, alarms, misses, costs), picks };
}

/** Index of the cut of best F1. */
export function bestF1(table: Lookup): number {
  let best = 0;
  let most = -1;
  for (let i = 0; i < table.threshold.length; i += 1) {
    const value = (2 * table.tp[i]!) / (table.tp[i]! + table.fp[i]! + table.positives);
    if (value > most) [best, most] = [i, value];
  }
  return best;
}

export interface Rule {
  name: string;
  index: number;
  misses: number;
  alarms: number;
}

/** What rules cost per 1,000 rows, by error. */
export function rules(table: Lookup, costs: Costs, named: [name: string, index: number][]): Rule[] {
  const each = 1000 / (table.positives + table.negatives);
  return named.map(([name, index]) => ({
    name,
    index,
    misses: each * costs.fn * (table.positives - table.tp[index]!),
    alarms: each * costs.fp * table.fp[index]!,
  }));
}

/** Which of recall and precision to look at first; the costs decide, not the base rate. */
export function first({ fp, fn }: Costs): 'recall' | 'precision' | 'neither' {
  return fn > fp ? 'recall' : fn < fp ? 'precision' : 'neither';
}

/** The line of equal cost through a point of the ROC plane, clipped to the plane. */
export function iso(table: Lookup, costs: Costs, index: number): { x1: number; y1: number; x2: number; y2: number } {
  const slope = (costs.fp * table.negatives) / (costs.fn * table.positives);
  const [x, y] = [table.fp[index]! / table.negatives, table.tp[index]! / table.positives];
  const from = Math.max(0, x - y / slope);
  const to = Math.min(1, x + (1 - y) / slope);
  return { x1: from, y1: y + slope * (from - x), x2: to, y2: y + slope * (to - x) };
}
