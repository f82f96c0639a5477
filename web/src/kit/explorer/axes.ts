// Where cuts stand in a picture, what is written along its axes, and the paths of its curves.
import type { Lookup } from './explorer';
import type { Scale } from './Plane.svelte';

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

/**
 * The axis of thresholds, on the scale of log-odds: from the first cut to the last that flags a row; but no farther
 * than half its length beyond the cuts that flag 99 % of both classes and 1 % of either, so that a few certain rows do
 * not squeeze all others together.
 */
export function thresholdAxis(table: Lookup, title: string, text: Scale['text'], most = 30): Scale {
  const last = Math.max(0, table.threshold.length - 2);
  const flags = (i: number, share: number) =>
    table.tp[i]! >= share * table.positives && table.fp[i]! >= share * table.negatives;
  const some = (i: number) => table.tp[i]! >= 0.01 * table.positives || table.fp[i]! >= 0.01 * table.negatives;
  let [from, to] = [0, last];
  while (from < last && flags(from + 1, 0.99)) from += 1;
  while (to > from && !some(to)) to -= 1;
  const [near, far] = [logit(table.threshold[from] ?? 0.01, most), logit(table.threshold[to] ?? 0.99, most)];
  const reach = (far - near) / 2;
  const low = Math.max(logit(table.threshold[0] ?? 0.01, most), near - reach);
  const high = Math.min(logit(table.threshold[last] ?? 0.99, most), far + reach);
  return {
    place: (p) => Math.max(0, Math.min(1, (logit(p) - low) / Math.max(high - low, 1e-9))),
    ticks: ticks(sigmoid(low), sigmoid(high), 5),
    text,
    title,
  };
}

/** An axis of costs from 0 to `most`, with four or five round ticks. */
export function costAxis(most: number, title: string, text: Scale['text']): Scale {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= most / 4) ?? most / 4;
  return {
    place: (value) => value / most,
    ticks: [0, 1, 2, 3, 4].map((i) => i * step).filter((value) => value <= most),
    text,
    title,
  };
}
