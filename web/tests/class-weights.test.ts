import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Table } from '../src/kit/types';
import {
  bins,
  borders,
  both,
  coef,
  column,
  contour,
  judged,
  linear,
  loss,
  nearest,
  of,
  over,
  small,
  told,
  type Coef,
} from '../src/studies/class-weights';

const python = JSON.parse(readFileSync(new URL('fixtures/class-weights.json', import.meta.url), 'utf-8')) as {
  tables: Record<string, Table>;
  scores: { weight: number; threshold: number; agree: number; yes: number; mean: number }[];
  planes: { weight: number; middle?: number; at: Coef[]; loss: number }[];
  between: { weight: number; optimum: Coef }[];
};
const { fits, rows, two, three, paths, met } = python.tables;
const plain = coef(fits, 1);

test.each(python.scores)('at weight $weight and threshold $threshold the labels are Python’s', (expected) => {
  const at = judged(rows, coef(fits, expected.weight), plain, expected.threshold);
  expect(at.agree).toBe(expected.agree);
  expect(at.mean).toBeCloseTo(expected.mean, 12);
  for (const which of ['weighted', 'plain'] as const) {
    const all = bins(at, which, expected.threshold);
    const sum = (part: 'no' | 'yes' | 'differ') => all.reduce((total, bin) => total + bin[part], 0);
    expect(sum('differ')).toBe(at.rows - at.agree);
    expect(sum('no') + sum('yes') + sum('differ')).toBe(at.rows);
    if (expected.agree === at.rows) expect(sum('yes')).toBe(expected.yes);
  }
  expect(told(at, expected.weight, expected.threshold)).toMatch(/of 1,500 rows the label/);
});

test.each(python.planes)('the loss on the plane is Python’s at weight $weight', (expected) => {
  const classes = expected.at.length === 1 ? 'two' : 'three';
  const weights = [1, expected.middle ?? 1, expected.weight];
  expect(loss(small(python.tables.small, classes), weights, expected.at)).toBeCloseTo(expected.loss, 12);
});

test.each(python.between)('between two weights the optimum is near the one fitted at $weight', (expected) => {
  coef(two, expected.weight).forEach((value, i) => expect(Math.abs(value - expected.optimum[i]!)).toBeLessThan(0.02));
});

test('at the grid’s weights the optima are the fitted ones, and least', () => {
  for (const [weight, middle] of [
    [1, 1],
    [20, 5],
    [100, 100],
  ] as const) {
    const at = both(three, weight, middle);
    const where = column(three, 'weight').findIndex((w, i) => w === weight && column(three, 'middle')[i] === middle);
    expect(at[1]![0]).toBeCloseTo(column(three, 'intercept_2')[where]!, 12);
    const table = small(python.tables.small, 'three');
    const least = loss(table, [1, middle, weight], at);
    for (const step of [-0.05, 0.05]) {
      const moved: Coef[] = [at[0], [at[1][0] + step, at[1][1], at[1][2]]];
      expect(loss(table, [1, middle, weight], moved)).toBeGreaterThan(least);
    }
  }
});

test('a circle’s contour lies on the circle', () => {
  const values = over([-2, 2], [-2, 2], 41, 41, (x, y) => x * x + y * y);
  const found = contour(values, 41, 1);
  expect(found.length).toBeGreaterThan(40);
  for (const [i, j] of found.flat()) expect(Math.hypot(-2 + i / 10, -2 + j / 10)).toBeCloseTo(1, 2);
});

test('on a border two classes tie and no third is likelier', () => {
  const lines: Coef[] = [
    [-1, 1, 0],
    [-1, 0, 1],
  ];
  const pieces = borders(lines, 5);
  expect(pieces).toHaveLength(3);
  for (const [x, y] of pieces.flat()) {
    const z = [0, ...lines.map((line) => linear(line, x, y))].sort((a, b) => b - a);
    expect(z[0]! - z[1]!).toBeCloseTo(0, 8);
  }
  expect(borders([[-1, 1, 0]], 5)).toHaveLength(1);
});

test('the trainings of the nearest weight are taken', () => {
  expect(nearest(paths, 17)).toBe(20);
  expect(nearest(paths, 100)).toBe(50);
  const [keras, torch] = of(paths, 20, ['keras_intercept', 'plain_intercept']);
  expect(keras).toHaveLength(31);
  expect(keras![0]).toBe(torch![0]);
  expect(Math.abs(keras!.at(-1)! - torch!.at(-1)!)).toBeGreaterThan(0.1);
  expect(of(met, 20, ['ratio'])[0]![0]).toBeCloseTo(6.46, 2);
});
