// What the tables of the study of means hold, and the means of the samples that are drawn one by one (held against
// Python's by tests/clt.test.ts).
import type { Cell, Table } from '../kit/types';

export const real = (cell: Cell | undefined): number => (typeof cell === 'number' ? cell : NaN);
export const column = (table: Table, name: string): number[] => (table.columns[name] ?? []).map(real);
/** A law within a sentence: its dial in brackets. */
export const named = (law: string): string => law.replace(/, (.*)$/, ' ($1)');
const rows = (table: Table, key: string) => (table.columns[key] ?? []).map((_, i) => i);

/** What is known of means of n draws; `bound` is infinite where there is none. */
export interface Size {
  n: number;
  distance: number;
  noise: number;
  toLimit: number;
  bound: number;
  bell: { mean: number; sd: number };
  growth: number;
  below: number;
  above: number;
}
export function sizes(table: Table): Size[] {
  const of = (name: string, i: number) => real(table.columns[name]?.[i]);
  return rows(table, 'n').map((i) => ({
    n: of('n', i),
    distance: of('distance', i),
    noise: of('noise', i),
    toLimit: of('to_limit', i),
    bound: Number.isNaN(of('bound', i)) ? Infinity : of('bound', i),
    bell: { mean: of('bell_mean', i), sd: of('bell_sd', i) },
    growth: of('growth', i),
    below: of('below', i),
    above: of('above', i),
  }));
}

/** A bar of a pile: its ends, and its density. */
export interface Bar {
  low: number;
  high: number;
  tall: number;
}
export function pile(table: Table, n: number, repeats: number): Bar[] {
  const [low, high, count] = [column(table, 'low'), column(table, 'high'), column(table, `n${n}`)];
  return count.map((each, i) => ({
    low: low[i]!,
    high: high[i]!,
    tall: each / repeats / (high[i]! - low[i]!),
  }));
}

/** The pile of some scaled means in the same bars; of few it is as low as if they were `least`. */
export function piled(values: number[], bars: Bar[], least: number): Bar[] {
  const out = bars.map((bar) => ({ ...bar, tall: 0 }));
  const [low, high] = [bars[0]?.low ?? 0, bars.at(-1)?.high ?? 1];
  const wide = (high - low) / Math.max(1, bars.length);
  for (const value of values) {
    const at = value === high ? bars.length - 1 : Math.floor((value - low) / wide);
    if (out[at]) out[at].tall += 1 / Math.max(least, values.length) / wide;
  }
  return out;
}

/** A sample, its mean, and the mean as the pile has it: centred and scaled. */
export interface Sample {
  draws: number[];
  mean: number;
  scaled: number;
}
export function samples(pool: number[], size: Size, centre: number): Sample[] {
  const out: Sample[] = [];
  for (let at = 0; at + size.n <= pool.length; at += size.n) {
    const draws = pool.slice(at, at + size.n);
    const sum = draws.reduce((total, each) => total + each, 0);
    out.push({ draws, mean: sum / size.n, scaled: (sum - size.n * centre) / size.growth });
  }
  return out;
}

export const bell = (x: number, mean: number, sd: number): number =>
  Math.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * Math.sqrt(2 * Math.PI));

/** The p-quantile of values, between two of them by a straight line. */
export function quantile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = p * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  return below + (place - Math.floor(place)) * ((sorted[Math.ceil(place)] ?? NaN) - below);
}

/** From where to where single draws are shown: all but the far tails, a little room at either side. */
export function reach(pool: number[]): [number, number] {
  const [low, high] = [quantile(pool, 0.01), quantile(pool, 0.96)];
  const room = 0.08 * (high - low) || 1;
  return [Math.max(low - room, Math.min(...pool) - room), Math.min(high + room, Math.max(...pool) + room)];
}

export interface Case {
  name: string;
  law: string;
  distance: number;
  noise: number;
  mean: number;
  median: number;
  blocks: number;
  error: number;
}
export function cases(table: Table): Case[] {
  const of = (name: string, i: number) => real(table.columns[name]?.[i]);
  return rows(table, 'case').map((i) => ({
    name: String(table.columns['case']![i]),
    law: String(table.columns['law']![i]),
    distance: of('distance', i),
    noise: of('noise', i),
    mean: of('mean_coverage', i),
    median: of('median_coverage', i),
    blocks: of('blocks_coverage', i),
    error: of('error', i),
  }));
}

/** An estimate of location: its interval from the first thirty draws, its aim, and the coverage by sample size. */
export interface Method {
  name: string;
  aim: number;
  value: number;
  low: number;
  high: number;
  coverage: { n: number; share: number; error: number; width: number }[];
}
export function methods(table: Table): Method[] {
  const out = new Map<string, Method>();
  const of = (name: string, i: number) => real(table.columns[name]?.[i]);
  for (const i of rows(table, 'method')) {
    const name = String(table.columns['method']![i]);
    const end = (which: string, open: number) => (Number.isNaN(of(which, i)) ? open : of(which, i));
    const one = out.get(name) ?? {
      name,
      aim: of('aim', i),
      value: of('value', i),
      low: end('low', -Infinity),
      high: end('high', Infinity),
      coverage: [],
    };
    one.coverage.push({ n: of('n', i), share: of('coverage', i), error: of('error', i), width: of('width', i) });
    out.set(name, one);
  }
  return [...out.values()];
}

/** From where to where intervals are drawn: all of them, unless some are many times as wide as the middle one. */
export function frame(all: Method[]): [number, number] {
  const middle = quantile(
    all.map((one) => one.value),
    0.5,
  );
  const wide = all.map((one) => one.high - one.low).filter(Number.isFinite);
  const most = 4 * (quantile(wide, 0.5) || 1);
  const ends = all.flatMap((one) => [one.low, one.high, one.aim]).filter(Number.isFinite);
  const low = Math.max(Math.min(...ends, middle), middle - most);
  const high = Math.min(Math.max(...ends, middle), middle + most);
  const room = 0.06 * (high - low) || 1;
  return [low - room, high + room];
}
