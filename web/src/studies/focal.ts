// Focal loss of one row and of many: the arithmetic of science/losses, held against Python's by tests/focal.test.ts.
import type { Table } from '../kit/types';

/** Weights of a positive and of a negative: 2α and 2 (1 − α), so that 0.5 is no weight. */
export const weights = (alpha: number): [number, number] => [2 * alpha, 2 * (1 - alpha)];

const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
export const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
export const logOdds = (p: number) => Math.log(p) - Math.log1p(-p);

/** The loss of a row whose label was given log-odds u, in nats. */
export const lossAt = (u: number, gamma: number) => Math.exp(-gamma * softplus(u)) * softplus(-u);
export const loss = (p: number, gamma: number) => lossAt(logOdds(p), gamma);

/** Minus the slope of the loss by the log-odds. */
export function pull(u: number, gamma: number): number {
  const p = sigmoid(u);
  return Math.exp(-gamma * softplus(u)) * (gamma * p * softplus(-u) + sigmoid(-u));
}

/** The gradient over that of cross-entropy. */
export const ratio = (p: number, gamma: number) => pull(logOdds(p), gamma) / (1 - p);

/** The probability above which the gradient is smaller than cross-entropy's; 1 or 0 where it is so nowhere or always. */
export function crossing(gamma: number, weight = 1): number {
  let [low, high] = [1e-9, 1 - 1e-9];
  const above = (p: number) => weight * ratio(p, gamma) > 1;
  if (above(high)) return 1;
  // It rises at first, so the crossing is looked for to the right of its top.
  let top = low;
  for (let p = 0.005; p < 1; p += 0.005) if (ratio(p, gamma) > ratio(top, gamma)) top = p;
  if (!above(top)) return 0;
  low = top;
  for (let pass = 0; pass < 60; pass += 1) {
    const middle = (low + high) / 2;
    if (above(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The true probability at which a model fitted with this loss says p. */
export function truth(p: number, gamma: number, alpha: number): number {
  const z = logOdds(p);
  const [up, down] = weights(alpha);
  const [one, other] = [up * pull(z, gamma), down * pull(-z, gamma)];
  return other / (one + other);
}

/** What the loss asks for where the true probability is q. */
export function minimiser(q: number, gamma: number, alpha: number): number {
  let [low, high] = [-60, 60];
  for (let pass = 0; pass < 90; pass += 1) {
    const middle = (low + high) / 2;
    const [up, down] = weights(alpha);
    // the slope of the expected loss at this score
    if ((1 - q) * down * pull(-middle, gamma) > q * up * pull(middle, gamma)) high = middle;
    else low = middle;
  }
  return sigmoid((low + high) / 2);
}

export interface Rows {
  logit: number[];
  positives: number[];
  negatives: number[];
}
const numbers = (table: Table | undefined, name: string) => (table?.columns[name] ?? []) as number[];
export const rows = (table: Table | undefined): Rows => ({
  logit: numbers(table, 'logit'),
  positives: numbers(table, 'positives'),
  negatives: numbers(table, 'negatives'),
});

/** Upper ends of the bands of p of the label, hard ones first. */
export const BANDS = [0.1, 0.5, 0.9, 1];
export const BAND_NAMES = ['below 0.1', '0.1 to 0.5', '0.5 to 0.9', 'above 0.9'];

/** The share of the summed loss by band. */
export function shares(given: Rows, gamma: number, alpha: number): number[] {
  const sums = BANDS.map(() => 0);
  const [up, down] = weights(alpha);
  given.logit.forEach((u, i) => {
    const band = BANDS.findIndex((end) => sigmoid(u) < end || end === 1);
    sums[band]! += lossAt(u, gamma) * (up * given.positives[i]! + down * given.negatives[i]!);
  });
  const total = sums.reduce((sum, one) => sum + one, 0);
  return sums.map((one) => one / total);
}

/** The share of the rows by band. */
export function population(given: Rows): number[] {
  const sums = BANDS.map(() => 0);
  given.logit.forEach((u, i) => {
    sums[BANDS.findIndex((end) => sigmoid(u) < end || end === 1)]! += given.positives[i]! + given.negatives[i]!;
  });
  const total = sums.reduce((sum, one) => sum + one, 0);
  return sums.map((one) => one / total);
}

export interface Divisor {
  name: string;
  value: number;
  /** smallest and largest over batches, over their mean */
  low: number;
  high: number;
}

/** What the sum of a batch is divided by, under the three conventions, and how it moves from batch to batch. */
export function divisors(positives: number[], windows: number, alpha: number): Divisor[] {
  const of = (name: string, each: number[]): Divisor => {
    const value = each.reduce((sum, one) => sum + one, 0) / each.length;
    return { name, value, low: Math.min(...each) / value, high: Math.max(...each) / value };
  };
  return [
    of(
      'N, the windows',
      positives.map(() => windows),
    ),
    of(
      'Σα, their weights',
      positives.map((count) => alpha * count + (1 - alpha) * (windows - count)),
    ),
    of(
      'the positives, or 1',
      positives.map((count) => Math.max(1, count)),
    ),
  ];
}

export interface Method {
  name: string;
  gamma: number;
  [measure: string]: number | string;
}
export function methods(table: Table | undefined): Method[] {
  const names = (table?.columns['name'] ?? []) as string[];
  return names.map((name, i) => {
    const out: Method = { name, gamma: 0 };
    for (const [column, values] of Object.entries(table!.columns)) out[column] = values[i] as number | string;
    return out;
  });
}

export interface Group {
  mean: number;
  observed: number;
  low: number;
  high: number;
  nullLow: number;
  nullHigh: number;
}
/** Groups of held-out windows of one loss, as trained or undone. */
export function groups(table: Table | undefined, name: string, undone: boolean): Group[] {
  const out: Group[] = [];
  const names = (table?.columns['name'] ?? []) as string[];
  const of = (column: string, i: number) => numbers(table, column)[i]!;
  names.forEach((each, i) => {
    if (each !== name || of('undone', i) !== Number(undone)) return;
    out.push({
      mean: of('mean_score', i),
      observed: of('observed', i),
      low: of('low', i),
      high: of('high', i),
      nullLow: of('null_low', i),
      nullHigh: of('null_high', i),
    });
  });
  return out;
}
