// Rates of batches and of all images, counted from labels and answers; held by tests/keras-metrics.test.ts against
// science/metrics on the same images.
import type { Params } from '../kit/host';
import type { Table } from '../kit/types';

export const CLASSES = 10;
export const RATES = ['recall', 'precision', 'f1'] as const;
export type Rate = (typeof RATES)[number];
export const WORDS: Record<Rate, string> = { recall: 'recall', precision: 'precision', f1: 'F1' };

/** What an image is to a class: the place of truth and call in two bits, as in TN, FP, FN, TP. */
export const [TN, FP, FN, TP] = [0, 1, 2, 3] as const;

export interface Setting {
  epoch: number;
  kind: number;
  rate: Rate;
  batch: number;
  order: string;
  shuffle: number;
  /** leave empty batches out, instead of counting them as 0 */
  omit: boolean;
}

export const setting = (params: Params): Setting => ({
  epoch: Number(params['epoch']),
  kind: Number(params['kind']),
  rate: params['rate'] as Rate,
  batch: Number(params['batch']),
  order: String(params['order']),
  shuffle: Number(params['shuffle']),
  omit: params['empty'] === 'omit',
});

/** Labels, and what is called after each epoch: epoch 0 is the truth. */
export function answers(table: Table | undefined): Uint8Array[] {
  return ((table?.columns['labels'] ?? []) as string[]).map((text) => Uint8Array.from(text, Number));
}

/** A source of whole numbers below 2³²: mulberry32. */
export function luck(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= (t + Math.imul(t ^ (t >>> 7), t | 61)) >>> 0;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Puts an order into another one, by Fisher and Yates. */
export function shuffle(order: Uint16Array, next: () => number): Uint16Array {
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor((next() * (i + 1)) / 2 ** 32);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

export const asStored = (n: number) => Uint16Array.from({ length: n }, (_, i) => i);

/** The order in which the images come. */
export function orderOf(y: Uint8Array, { order, shuffle: seed }: Pick<Setting, 'order' | 'shuffle'>): Uint16Array {
  const stored = asStored(y.length);
  if (order === 'shuffled') return shuffle(stored, luck(seed));
  return order === 'sorted' ? stored.sort((a, b) => y[a]! - y[b]! || a - b) : stored;
}

/** A rate of counts; NaN where it is not defined. */
export function rateOf(rate: Rate, tp: number, fp: number, fn: number): number {
  if (rate === 'recall') return tp / (tp + fn);
  if (rate === 'precision') return tp / (tp + fp);
  return (2 * tp) / (2 * tp + fp + fn);
}

/** Of every class, the rate of all images. */
export function addedUp(rate: Rate, y: Uint8Array, called: Uint8Array): Float64Array {
  return meanOfBatches(rate, y, called, asStored(y.length), y.length, true);
}

/** Of every class, the mean of the rates of batches; NaN where none has the class and empty ones are left out. */
export function meanOfBatches(
  rate: Rate,
  y: Uint8Array,
  called: Uint8Array,
  order: Uint16Array,
  size: number,
  omit: boolean,
): Float64Array {
  const sums = new Float64Array(CLASSES);
  const many = new Float64Array(CLASSES);
  const [there, named, hit] = [new Uint16Array(CLASSES), new Uint16Array(CLASSES), new Uint16Array(CLASSES)];
  for (let from = 0; from < order.length; from += size) {
    there.fill(0);
    named.fill(0);
    hit.fill(0);
    const to = Math.min(order.length, from + size);
    for (let i = from; i < to; i += 1) {
      const truth = y[order[i]!]!;
      const call = called[order[i]!]!;
      there[truth]! += 1;
      named[call]! += 1;
      if (truth === call) hit[call]! += 1;
    }
    for (let k = 0; k < CLASSES; k += 1) {
      const value = rateOf(rate, hit[k]!, named[k]! - hit[k]!, there[k]! - hit[k]!);
      if (value === value) sums[k]! += value;
      else if (omit) continue;
      many[k]! += 1;
    }
  }
  return sums.map((sum, k) => sum / many[k]!);
}

export interface Batch {
  kinds: Uint8Array;
  value: number;
}

/** The first batches: what each image is to the class, and the batch's rate. */
export function firstBatches(
  { kind, rate, batch }: Setting,
  y: Uint8Array,
  called: Uint8Array,
  order: Uint16Array,
  most: number,
): Batch[] {
  const out: Batch[] = [];
  for (let from = 0; from < order.length && out.length < most; from += batch) {
    const rows = order.subarray(from, Math.min(order.length, from + batch));
    const kinds = Uint8Array.from(rows, (i) => (y[i] === kind ? 2 : 0) + (called[i] === kind ? 1 : 0));
    const sums = [0, 0, 0, 0];
    for (const one of kinds) sums[one]! += 1;
    out.push({ kinds, value: rateOf(rate, sums[TP]!, sums[FP]!, sums[FN]!) });
  }
  return out;
}

export interface Bin {
  low: number;
  high: number;
  count: number;
}

/** A pile of values in so many bins from low to high. */
export function piled(values: ArrayLike<number>, low: number, high: number, bins: number): Bin[] {
  const wide = (high - low) / bins;
  const out = Array.from({ length: bins }, (_, i) => ({ low: low + i * wide, high: low + (i + 1) * wide, count: 0 }));
  for (let i = 0; i < values.length; i += 1) {
    const at = Math.floor((values[i]! - low) / wide);
    if (values[i]! <= high && at >= 0) out[Math.min(bins - 1, at)]!.count += 1;
  }
  return out;
}
