import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
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
  expect(look.nearest([0, 0.5, 1], [0, 0.2, 1], { x: 0.6, y: 0.3 })).toBe(1);
});

test('log-odds there and back, with ends', () => {
  for (const p of [1e-9, 0.01, 0.5, 0.93]) expect(look.sigmoid(look.logit(p))).toBeCloseTo(p, 12);
  expect([look.logit(0), look.logit(1)]).toEqual([-40, 40]);
});

test('thresholds are told with the digits that matter', () => {
  expect([0, 0.048, 0.31, 0.5, 0.9996, 1].map(look.cutText)).toEqual(['0', '0.048', '0.31', '0.50', '0.99960', '1']);
});

test('ticks lie inside and are few', () => {
  const found = look.ticks(0.0004, 0.97, 7);
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
  const drawn = look.path(x, x);
  expect(drawn.startsWith('M0.0,0.0')).toBe(true);
  expect(drawn.endsWith('L100.0,100.0')).toBe(true);
  expect(drawn.split('L').length).toBeLessThan(400);
  expect(look.path([0, NaN, 2], [0, 1, NaN])).toBe('M0.0,0.0');
});
