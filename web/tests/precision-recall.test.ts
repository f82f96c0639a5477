import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cheapest, plateau, wilson } from '../src/kit/explorer/explorer';
import type { Outcome } from '../src/kit/types';
import { bestF1, costEstimate, first, folded, judged, rules } from '../src/studies/precision-recall';

interface Case {
  fp: number;
  fn: number;
  best: number;
  plateau: [number, number];
  picks: number[];
  judged: [number, number, number];
  band: [number, number, number];
}
interface Held {
  cuts: Outcome['tables'][string];
  numbers: Outcome['numbers'];
  cases: Case[];
}
const { tables } = JSON.parse(readFileSync(new URL('./fixtures/precision-recall.json', import.meta.url), 'utf-8')) as {
  tables: Held[];
};

describe.each(tables.map((one) => ({ rows: one.numbers.rows, ...one })))('$rows rows', ({ cuts, numbers, cases }) => {
  const table = folded({ tables: { cuts }, numbers });
  test.each(cases)('at $fp to $fn as Python finds', (one) => {
    expect(cheapest(table, one)).toBe(one.best);
    expect(plateau(table, one, one.best)).toEqual(one.plateau);
    const held = judged(table, one);
    expect(held.picks).toEqual(one.picks);
    [held.value, held.low, held.high].forEach((value, i) => expect(value / one.judged[i]!).toBeCloseTo(1, 9));
    const here = costEstimate(table, table.fp[one.best]!, table.positives - table.tp[one.best]!, one);
    expect(here.value / one.band[0]).toBeCloseTo(1, 9);
    expect(here.low).toBeCloseTo(one.band[1], 9);
    expect(here.high / one.band[2]).toBeCloseTo(1, 9);
  });
  test('rules cost what their errors do', () => {
    const [none, all] = rules(table, { fp: 2, fn: 7 }, [
      ['nobody', table.threshold.length - 1],
      ['everybody', 0],
    ]);
    const rows = table.positives + table.negatives;
    expect(none!.alarms).toBe(0);
    expect(none!.misses).toBeCloseTo((7000 * table.positives) / rows, 8);
    expect(all!.misses).toBe(0);
    expect(all!.alarms).toBeCloseTo((2000 * table.negatives) / rows, 8);
  });
  test('no cut has a better F1', () => {
    const value = (i: number) => (2 * table.tp[i]!) / (table.tp[i]! + table.fp[i]! + table.positives);
    table.threshold.forEach((_, i) => expect(value(i)).toBeLessThanOrEqual(value(bestF1(table))));
  });
});

test('costs say which rate comes first', () => {
  expect([first({ fp: 1, fn: 9 }), first({ fp: 9, fn: 1 }), first({ fp: 2, fn: 2 })]).toEqual([
    'recall',
    'precision',
    'neither',
  ]);
  expect(wilson(0, 0)).toEqual([0, 1]);
});
