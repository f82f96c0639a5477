import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as axes from '../src/kit/explorer/axes';
import { betainc, likely } from '../src/kit/explorer/binomial';
import * as look from '../src/kit/explorer/explorer';
import { bestWords, ratioWords, shares, told } from '../src/kit/explorer/words';
import type { Table } from '../src/kit/types';

interface Fixture {
  cuts: Table;
  positives: number;
  negatives: number;
  scale: number;
  points: {
    threshold: number;
    index: number;
    counts: [number, number, number, number];
    rates: Record<keyof look.Rates, [number | null, number, number]>;
    costs: number[];
  }[];
  choices: { costs: look.Costs; cheapest: number; plateau: [number, number]; calibrated: number }[];
}
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf-8'));
const python = read('explorer') as Fixture;
const table = look.lookup(python.cuts, python.positives, python.negatives, python.scale);
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test.each(python.points)('at $threshold counts, rates, intervals and costs are Python’s', (expected) => {
  const index = look.place(table, expected.threshold);
  expect(index).toBe(expected.index);
  const at = look.point(table, index);
  const [tp, fp, fn, tn] = expected.counts;
  expect([at.tp, at.fp, at.fn, at.tn]).toEqual([tp, fp, fn, tn]);
  const found = look.rates(at, python.scale);
  for (const name of Object.keys(expected.rates) as (keyof look.Rates)[]) {
    const [value, low, high] = expected.rates[name];
    if (value === null) expect(found[name].value).toBeNaN();
    else expect(found[name].value).toBeCloseTo(value, 12);
    expect(found[name].low).toBeCloseTo(low, 12);
    expect(found[name].high).toBeCloseTo(high, 12);
  }
  python.choices.forEach(({ costs }, i) => expect(look.cost(at, costs)).toBeCloseTo(expected.costs[i]!, 9));
});

test.each(python.choices)('at costs $costs the cheapest cut and the plateau are Python’s', (expected) => {
  expect(look.cheapest(table, expected.costs)).toBe(expected.cheapest);
  expect(look.plateau(table, expected.costs)).toEqual(expected.plateau);
  expect(look.calibratedCut(expected.costs)).toBeCloseTo(expected.calibrated, 12);
  const curve = look.costCurve(table, expected.costs);
  expect(Math.min(...curve)).toBeCloseTo(curve[expected.cheapest]!, 9);
});

test('every index is found from its own threshold', () => {
  table.threshold.forEach((threshold, i) => expect(look.place(table, threshold)).toBe(i));
});

test('without a row of a class, or of any, nothing fails', () => {
  const empty = look.lookup({ columns: { threshold: [1], tp: [0], fp: [0] }, note: '' }, 0, 0, NaN);
  const at = look.point(empty, look.place(empty, 0.5));
  expect(look.cheapest(empty, { fp: 1, fn: 1 })).toBe(0);
  expect(look.rates(at).recall).toMatchObject({ value: NaN, low: 0, high: 1 });
  expect(plain(told(at, look.rates(at), 0, 0.5))).toContain('nothing raises an alarm');
});

test('the nearest point of a curve', () => {
  expect(axes.nearest([0, 0.5, 1], [0, 0.2, 1], { x: 0.6, y: 0.3 })).toBe(1);
});

test('log-odds there and back, with ends', () => {
  for (const p of [1e-9, 0.01, 0.5, 0.93]) expect(axes.sigmoid(axes.logit(p))).toBeCloseTo(p, 12);
  expect([axes.logit(0), axes.logit(1)]).toEqual([-40, 40]);
});

test('thresholds are told with the digits that matter', () => {
  expect([0, 0.048, 0.31, 0.5, 0.9996, 1].map(axes.cutText)).toEqual(['0', '0.048', '0.31', '0.50', '0.99960', '1']);
});

test('ticks lie inside and are few', () => {
  const found = axes.ticks(0.0004, 0.97, 7);
  expect(found.length).toBeLessThanOrEqual(7);
  expect(found.every((p) => p >= 0.0004 && p <= 0.97)).toBe(true);
  expect(found).toContain(0.5);
});

test('sentences say of whom and what over what', () => {
  const at = { threshold: 0.31, tp: 970, fp: 4736, fn: 210, tn: 20301 };
  expect(plain(told(at, look.rates(at), 0.412, 0.31, 'dead'))).toBe(
    'At 0.31, 82 % of “dead” are found (970 of 1,180; 80 to 84 %); of 100 alarms 17 are right; ' +
      'per 1,000 rows the errors cost 412.',
  );
  expect(ratioWords({ fp: 1, fn: 8 })).toBe('A miss costs as much as 8 false alarms');
  expect(ratioWords({ fp: 4, fn: 1 })).toBe('A false alarm costs as much as 4 misses');
  expect(ratioWords({ fp: 3, fn: 3 })).toBe('Both errors cost the same');
  expect(plain(shares(0.801, 0.842))).toBe('80 to 84 %');
  const best = python.choices[1]!;
  expect(bestWords(table, best.cheapest, best.plateau, true)).toContain('this one is among them');
});

test('a path keeps its ends and leaves out what cannot be seen', () => {
  const x = Array.from({ length: 5000 }, (_, i) => i / 50);
  const drawn = axes.path(x, x);
  expect(drawn.startsWith('M0.0,0.0')).toBe(true);
  expect(drawn.endsWith('L100.0,100.0')).toBe(true);
  expect(drawn.split('L').length).toBeLessThan(400);
  expect(axes.path([0, NaN, 2], [0, 1, NaN])).toBe('M0.0,0.0');
});

test('the incomplete beta function is a binomial tail', () => {
  // P(X >= 3 | 10, 0.2) by its sum
  const choose = [1, 10, 45];
  const below = choose.reduce((sum, ways, k) => sum + ways * 0.2 ** k * 0.8 ** (10 - k), 0);
  expect(betainc(3, 8, 0.2)).toBeCloseTo(1 - below, 13);
  expect(betainc(500, 501, 0.5)).toBeCloseTo(0.512612509, 8);
  expect(betainc(1, 1, 0.3)).toBeCloseTo(0.3, 14);
});

test('a bound of the tail decides as the tail does', () => {
  for (const chance of [0.001, 0.03, 0.5, 0.97])
    for (const rows of [1, 7, 60, 900, 20_000])
      for (const spreads of [-1, 0, 0.5, 1.5, 1.9, 2, 2.1, 3, 8]) {
        const many = Math.min(
          rows,
          Math.max(0, Math.round(rows * chance + spreads * Math.sqrt(rows * chance * (1 - chance)))),
        );
        const exact = many > 0 ? betainc(many, rows - many + 1, chance) : 1;
        expect(likely(many, rows - many, chance, 0.025)).toBe(exact > 0.025);
      }
});

test('points of equal cost lie on the line', () => {
  const costs = { fp: 1, fn: 6 };
  const { x1, y1, x2, y2 } = look.iso(table, costs, 30)[0]!;
  const cost = (x: number, y: number) => costs.fp * table.negatives * x + costs.fn * table.positives * (1 - y);
  expect(cost(x1, y1) / cost(x2, y2)).toBeCloseTo(1, 10);
  for (const each of [x1, y1, x2, y2]) expect(each >= -1e-12 && each <= 1 + 1e-12).toBe(true);
  expect(look.iso({ ...table, negatives: 0 }, costs, 30)).toEqual([]);
});

test('an axis of costs has round ticks within it', () => {
  expect(axes.costAxis(37, 'cost', String).ticks).toEqual([0, 10, 20, 30]);
  expect(axes.costAxis(0.9, 'cost', String).place(0.45)).toBe(0.5);
});
