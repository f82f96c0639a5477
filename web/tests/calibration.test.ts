import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Table } from '../src/kit/types';
import { groups, histogram, measures, nearestStep, outside, steps, told } from '../src/studies/calibration';

const python = JSON.parse(readFileSync(new URL('fixtures/calibration.json', import.meta.url), 'utf-8')) as {
  tables: { path: Table; reliability: Table; measures: Table };
  cases: { undone: number; log_loss: number; mean_score: number; groups: number; outside: number }[];
  numbers: { prevalence: number; shift: number };
};
const all = steps(python.tables.path);
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test.each(python.cases)('with $undone of the shift undone, measures and groups are Python’s', (expected) => {
  const step = all[nearestStep(all, expected.undone + 0.01)]!;
  expect(step.undone).toBeCloseTo(expected.undone, 12);
  expect(step.logLoss).toBeCloseTo(expected.log_loss, 12);
  expect(step.meanScore).toBeCloseTo(expected.mean_score, 12);
  const now = groups(python.tables.reliability, step.undone);
  expect(now).toHaveLength(expected.groups);
  expect(outside(now)).toBe(expected.outside);
  for (const one of now) {
    expect(one.low).toBeLessThanOrEqual(one.observed);
    expect(one.nullLow).toBeLessThanOrEqual(one.mean);
    expect(one.mean).toBeLessThanOrEqual(one.nullHigh);
  }
});

test('the sentence tells the mean score beside the prevalence', () => {
  const { prevalence, shift } = python.numbers;
  const start = all[0]!;
  const end = all[nearestStep(all, 1)]!;
  const at = (undone: number) => groups(python.tables.reliability, undone);
  expect(plain(told(start, at(0), prevalence, shift))).toMatch(
    /^As trained, the mean score is \d.* positive; 12 of 12/,
  );
  expect(plain(told(end, at(1), prevalence, shift))).toMatch(/^With −2.08 on every log-odds/);
});

test('an infinite loss arrives as null and is told as infinite', () => {
  const columns = { name: ['a'], log_loss: [null], brier: [0.1], miscalibration: [0.05] };
  expect(measures({ columns, note: '' })[0]).toMatchObject({ name: 'a', logLoss: Infinity, brier: 0.1 });
  const read = measures(python.tables.measures);
  expect(read).toHaveLength(5);
  for (const one of read) expect(one.miscalibration - one.discrimination + one.uncertainty).toBeCloseTo(one.brier, 9);
});

test('a histogram counts every value once', () => {
  const found = histogram([0, 0.1, 0.5, 1, 1], 'x', 'alt', 4);
  expect(found.counts).toEqual([2, 0, 1, 2]);
  expect(found.edges).toEqual([0, 0.25, 0.5, 0.75, 1]);
});
