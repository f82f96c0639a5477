// What a class weight does to fits, boundaries and trainings: looked up, and between two weights drawn along log w.
import { sigmoid } from '../kit/explorer/axes';
import { number, percent } from '../kit/numerals';
import type { Table } from '../kit/types';

export const column = (table: Table | undefined, name: string) =>
  ((table?.columns[name] ?? []) as (number | null)[]).map((value) => value ?? NaN);

/** A line by intercept and two slopes. */
export type Coef = [number, number, number];

/** Where a value stands among ascending ones, along its logarithm: index below, and the part of the way. */
export function along(grid: number[], value: number): [number, number] {
  const last = grid.length - 1;
  if (!(value > grid[0]!)) return [0, 0];
  if (value >= grid[last]!) return [Math.max(0, last - 1), last > 0 ? 1 : 0];
  const at = grid.findIndex((each) => each > value) - 1;
  return [at, Math.log(value / grid[at]!) / Math.log(grid[at + 1]! / grid[at]!)];
}

/** Columns of a table by weight, between two of its weights. */
export function between(table: Table | undefined, weight: number, names: string[]): number[] {
  const [at, part] = along(column(table, 'weight'), weight);
  return names.map((name) => {
    const values = column(table, name);
    return values[at]! * (1 - part) + (part ? values[at + 1]! * part : 0);
  });
}

export const coef = (table: Table | undefined, weight: number) =>
  between(table, weight, ['intercept', 'first', 'second']) as Coef;

/** The optimum of three classes at two weights: the lines of the middle and of the rare class against the first. */
export function both(table: Table | undefined, weight: number, middle: number): [Coef, Coef] {
  const grid = [...new Set(column(table, 'middle'))];
  const [i, up] = along(grid, weight);
  const [j, over] = along(grid, middle);
  const get = (name: string) => {
    const values = column(table, name);
    const at = (a: number, b: number) => values[a * grid.length + b]!;
    return (
      (1 - up) * ((1 - over) * at(i, j) + over * at(i, j + 1)) +
      up * ((1 - over) * at(i + 1, j) + over * at(i + 1, j + 1))
    );
  };
  return [1, 2].map((k) => [get(`intercept_${k}`), get(`first_${k}`), get(`second_${k}`)]) as [Coef, Coef];
}

export const linear = ([a, b, c]: Coef, x: number, y: number) => a + b * x + c * y;

export interface Judged {
  /** log-odds with the weight and without */
  weighted: number[];
  plain: number[];
  agree: number;
  mean: number;
  rows: number;
}

export function judged(rows: Table | undefined, weighted: Coef, plain: Coef, threshold: number): Judged {
  const [x, y] = [column(rows, 'first'), column(rows, 'second')];
  const cut = Math.log(threshold / (1 - threshold));
  const one = x.map((at, i) => linear(weighted, at, y[i]!));
  const other = x.map((at, i) => linear(plain, at, y[i]!));
  return {
    weighted: one,
    plain: other,
    agree: one.filter((score, i) => score >= 0 === other[i]! >= cut).length,
    mean: one.reduce((sum, score) => sum + sigmoid(score), 0) / Math.max(1, one.length),
    rows: x.length,
  };
}

export interface Bin {
  low: number;
  no: number;
  yes: number;
  differ: number;
}

/** Rows by log-odds: of each bin those that both ways call no, those that both call yes, and the rest. */
export function bins(at: Judged, which: 'weighted' | 'plain', threshold: number, width = 0.25): Bin[] {
  const cut = Math.log(threshold / (1 - threshold));
  const found = new Map<number, Bin>();
  at[which].forEach((score, i) => {
    const key = Math.floor(score / width);
    const bin = found.get(key) ?? { low: key * width, no: 0, yes: 0, differ: 0 };
    const [one, other] = [at.weighted[i]! >= 0, at.plain[i]! >= cut];
    bin[one !== other ? 'differ' : one ? 'yes' : 'no'] += 1;
    found.set(key, bin);
  });
  return [...found.values()].sort((a, b) => a.low - b.low);
}

export function told(at: Judged, weight: number, threshold: number): string {
  return (
    `Trained with a weight of ${number(weight)}, the model gives ${percent(at.agree / at.rows)} of ${number(at.rows)} rows ` +
    `the label that it gives them without weights from a probability of ${number(threshold)}.`
  );
}

export interface Row {
  x: number;
  y: number;
  kind: number;
}

export function small(table: Table | undefined, classes: string): Row[] {
  const [x, y, kind] = ['first', 'second', 'y'].map((name) => column(table, name));
  const all = x!.map((at, i) => ({ x: at, y: y![i]!, kind: kind![i]! }));
  return classes === 'two' ? all.filter((row) => row.kind !== 1) : all;
}

/** Mean log loss, each row counted by the weight of its class (by class 0, 1, 2); `lines` of the classes after the first. */
export function loss(rows: Row[], weights: number[], lines: Coef[]): number {
  let [sum, total] = [0, 0];
  const [one, two] = lines;
  for (const row of rows) {
    const b = linear(one!, row.x, row.y);
    const c = two ? linear(two, row.x, row.y) : -Infinity;
    const top = Math.max(0, b, c);
    const own = row.kind === 0 ? 0 : two && row.kind === 2 ? c : b;
    const weight = weights[row.kind]!;
    sum += weight * (top + Math.log(Math.exp(-top) + Math.exp(b - top) + Math.exp(c - top)) - own);
    total += weight;
  }
  return sum / total;
}

/** Values over a grid of `columns` by `rows`, row by row. */
export function over(
  x: [number, number],
  y: [number, number],
  columns: number,
  rows: number,
  value: (x: number, y: number) => number,
): number[] {
  return Array.from({ length: columns * rows }, (_, i) =>
    value(
      x[0] + ((x[1] - x[0]) * (i % columns)) / (columns - 1),
      y[0] + ((y[1] - y[0]) * Math.floor(i / columns)) / (rows - 1),
    ),
  );
}

type Spot = [number, number];

/** Segments where the values cross a level, in steps of the grid (marching squares, with straight lines). */
export function contour(values: number[], columns: number, level: number): [Spot, Spot][] {
  const out: [Spot, Spot][] = [];
  const rows = values.length / columns;
  const at = (i: number, j: number) => values[j * columns + i]! - level;
  for (let j = 0; j + 1 < rows; j += 1)
    for (let i = 0; i + 1 < columns; i += 1) {
      const corners: [number, number][] = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const cut: Spot[] = [];
      corners.forEach(([a, b], k) => {
        const [c, d] = corners[(k + 1) % 4]!;
        const [from, to] = [at(a, b), at(c, d)];
        if (from < 0 === to < 0) return;
        const part = from / (from - to);
        cut.push([a + (c - a) * part, b + (d - b) * part]);
      });
      for (let k = 0; k + 1 < cut.length; k += 2) out.push([cut[k]!, cut[k + 1]!]);
    }
  return out;
}

/** Where two classes tie and no third is likelier, as pieces across the plane. */
export function borders(lines: Coef[], reach: number): Spot[][] {
  const all: Coef[] = [[0, 0, 0], ...lines];
  const out: Spot[][] = [];
  for (let k = 0; k < all.length; k += 1)
    for (let m = k + 1; m < all.length; m += 1) {
      const [a, b, c] = all[k]!.map((value, i) => value - all[m]![i]!) as Coef;
      const size = b * b + c * c;
      if (!(size > 0)) continue;
      const piece: Spot[] = [];
      for (let step = -400; step <= 400; step += 1) {
        const t = (reach * step) / 400 / Math.sqrt(size);
        const [x, y] = [(-a * b) / size - c * t, (-a * c) / size + b * t];
        const tied = linear(all[k]!, x, y);
        if (all.every((other) => linear(other, x, y) <= tied + 1e-9)) piece.push([x, y]);
      }
      if (piece.length > 1) out.push(piece);
    }
  return out;
}

/** The weight among those trained with that is nearest. */
export function nearest(table: Table | undefined, weight: number): number {
  const all = [...new Set(column(table, 'weight'))];
  const off = (one: number) => Math.abs(Math.log(one / weight));
  return all.reduce((best, one) => (off(one) < off(best) ? one : best), all[0] ?? 1);
}

/** Columns of the rows at one weight. */
export function of(table: Table | undefined, weight: number, names: string[]): number[][] {
  const rows = column(table, 'weight').flatMap((one, i) => (one === weight ? [i] : []));
  return names.map((name) => {
    const values = column(table, name);
    return rows.map((i) => values[i]!);
  });
}
