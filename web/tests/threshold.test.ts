import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Costs } from '../src/kit/explorer/explorer';
import type { Table } from '../src/kit/types';
import { heldOut, ratioText, savings, savingWords } from '../src/studies/threshold';

const python = JSON.parse(readFileSync(new URL('fixtures/threshold.json', import.meta.url), 'utf-8')) as {
  held_out: Table;
  cases: { costs: Costs; ratio: number; saving: number }[];
};

test.each(python.cases)('held-out costs are looked up at the nearest ratio of $costs', ({ costs, ratio, saving }) => {
  const found = heldOut(python.held_out, costs)!;
  expect(found.ratio).toBeCloseTo(ratio, 12);
  expect(found.saving).toBeCloseTo(saving, 12);
  expect(found.savingLow).toBeLessThanOrEqual(found.saving);
  expect(found.saving).toBeCloseTo(found.costAtHalf - found.cost, 12);
});

test('what is saved is told with its interval, or as not to be told', () => {
  const sure = { ratio: 8, cut: 0.1, cutLow: 0.1, cutHigh: 0.1, cost: 0.2, costAtHalf: 0.3 };
  expect(savingWords({ ...sure, saving: 0.1, savingLow: 0.05, savingHigh: 0.15 })).toContain('100 less per 1,000');
  expect(savingWords({ ...sure, saving: 0, savingLow: -0.05, savingHigh: 0.05 })).toContain('cannot be told from 0.5');
  expect(savingWords({ ...sure, saving: -0.1, savingLow: -0.2, savingHigh: -0.05 })).toContain('100 more per 1,000');
  expect([ratioText(8), ratioText(0.25)]).toEqual(['1 : 8', '4 : 1']);
});

test('what is drawn are shares of the cost at 0.5', () => {
  const { ratio, share, low, high } = savings(python.held_out);
  expect([...ratio]).toEqual(python.held_out.columns.ratio);
  const { saving, cost_at_half } = python.held_out.columns as Record<string, number[]>;
  share.forEach((value, i) => {
    expect(value).toBeCloseTo(Math.max(-100, Math.min(100, (100 * saving![i]!) / cost_at_half![i]!)), 12);
    expect(low[i]! <= value && value <= high[i]!).toBe(true);
  });
  expect(savings({ columns: { ratio: [1], saving: [0.1], cost_at_half: [0] }, note: '' }).share[0]).toBeNaN();
});

test('without ratios there is nothing to look up', () => {
  expect(heldOut({ columns: { ratio: [] }, note: '' }, { fp: 1, fn: 1 })).toBeNull();
});
