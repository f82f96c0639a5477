import { expect, test } from 'vitest';
import type { Outcome } from '../src/kit/types';
import {
  about,
  apart,
  bands,
  chances,
  delays,
  dayOf,
  fit,
  fortnights,
  moved,
  parted,
  placebos,
  predicted,
  quantiles,
  running,
  setting,
  shortDate,
  spread,
  totals,
  words,
  WAVES,
} from '../src/studies/lockdown';
import { erf, growthOf, prepared, waves, type Draw } from '../src/studies/lockdown/kernel';
import fixture from './fixtures/lockdown.json';
import stored from '../../src/cutaway/studies/stored/lockdown.json';

const outcome = stored as unknown as Outcome;
const found = fit(outcome);
const UNMOVED = { before: 1, after: 1, incubation: 1, report: 1, death: 1 };
const kernels = spread(delays(found, UNMOVED), UNMOVED);
const there = moved(found, kernels, 0);
const near = (one: number, other: number, relative: number) =>
  expect(Math.abs(one - other)).toBeLessThanOrEqual(relative * Math.max(1e-6, Math.abs(other)));

test('the error function', () => {
  for (const [x, y] of [
    [0, 0],
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [2.4, 0.9993114861033549],
    [2.6, 0.9997639655834707],
    [3.5, 0.9999992569016276],
    [9, 1],
  ] as const)
    expect(Math.abs(erf(x) - y)).toBeLessThan(1e-14);
});

test.each(fixture.cases)('four waves are those of Python, with the lockdown on day $day', (one) => {
  const of = prepared(one.draw as Draw, 80, one.definition);
  near(of.growth, one.growth, 1e-10);
  near(growthOf(1, of.generation), 0, 1);
  const made = waves(of, one.day, one.anchor);
  for (const wave of WAVES) one.waves[wave].forEach((value, day) => near(made[wave][day]!, value, 1e-8));
  const cohort = waves(of, one.day, one.anchor, 20);
  expect(cohort.infections.slice(20).every((value) => value === 0)).toBe(true);
  WAVES.forEach((wave) =>
    cohort[wave].forEach((value, day) => expect(value).toBeLessThanOrEqual(made[wave][day]! + 1e-9)),
  );
});

test('quantiles are those of NumPy', () => {
  const { low, middle, high } = quantiles(fixture.values);
  [low, middle, high].forEach((value, i) => near(value, fixture.quantiles[i]!, 1e-12));
  expect([...running([1, 2, 3])]).toEqual([1, 3, 6]);
});

test('bands over the draws are those of the study', () => {
  const made = bands(found, there);
  const columns = outcome.tables['waves']!.columns;
  for (const wave of WAVES)
    for (const end of ['low', 'middle', 'high'] as const)
      columns[`${wave}_${end}`]!.forEach((value, i) => near(made[wave][end][i]!, Number(value), 2e-5));
});

test('what was counted is parted as in the study', () => {
  const cohort = moved(found, kernels, 0, found.day);
  const made = parted(found, kernels, there, cohort, 28);
  const columns = outcome.tables['parted']!.columns;
  made.forEach((one, i) => {
    expect(one.known).toBe(columns['known']![i]);
    expect(one.counted).toBe(columns['counted']![i]);
    for (const end of ['low', 'middle', 'high'] as const) near(one.share[end], Number(columns[end]![i]), 2e-5);
    if (one.ill !== null) near(one.ill, Number(columns['ill']![i]), 2e-5);
  });
});

test.each([-14, -7, 0, 3, 14])('a lockdown moved by %i days ends as in the study', (shift) => {
  const columns = outcome.tables['shifts']!.columns;
  const row = columns['shift']!.indexOf(shift);
  const all = moved(found, kernels, shift);
  for (const wave of ['reports', 'deaths'] as const) {
    const sums = totals(found, all, wave);
    for (const end of ['low', 'middle', 'high'] as const)
      near(sums[end].at(-1)!, Number(columns[`${wave}_${end}`]![row]), 2e-5);
  }
});

test('longer delays come later, a smaller R after means fewer', () => {
  const sum = (values: Float64Array) => values.reduce((total, one) => total + one, 0);
  const centre = (values: Float64Array) => values.reduce((total, one, day) => total + one * day, 0) / sum(values);
  const late = moved(found, delays(found, { ...UNMOVED, incubation: 1.5 }), 0);
  const fewer = moved(found, spread(kernels, { ...UNMOVED, after: 0.5 }), 0);
  there.slice(0, 20).forEach((one, k) => {
    expect(centre(late[k]!.onsets)).toBeGreaterThan(centre(one.onsets));
    expect(sum(fewer[k]!.infections)).toBeLessThan(sum(one.infections));
  });
});

test('dates', () => {
  expect(words(dayOf('2020-01-23'))).toBe('23 January');
  expect(shortDate(dayOf('2020-03-01'))).toBe('1 Mar');
  expect(words(found.first + found.day)).toBe('23 January');
  expect(fortnights(dayOf('2020-01-10'), 40, 1).map(shortDate)).toEqual(['15 Jan', '1 Feb', '15 Feb']);
});

test('tables are read, and what is set by hand stays in its range', () => {
  expect(found.draws.length).toBe(200);
  expect(Object.values(found.draws[0]!).every(Number.isFinite)).toBe(true);
  expect(placebos(outcome, found).map((one) => one.day - found.day)).toEqual(
    Array.from({ length: 29 }, (_, i) => i - 14),
  );
  expect(predicted(outcome, 'deaths').every((one) => one.low <= one.low50 && one.high50 <= one.high)).toBe(true);
  expect(setting({ shift: 99, later: 1, measure: 'x', log: true }).shift).toBe(14);
  const { days, runs, band } = chances(outcome, 'deaths');
  expect([runs.length, days.at(-1), band.low.length]).toEqual([10, found.days - 1, days.length]);
  expect(setting({ shift: 99, later: 1, measure: 'x', log: true })).toMatchObject({
    later: 7,
    measure: 'deaths',
    log: true,
  });
});

test('numbers are rounded, and labels stand apart', () => {
  expect([41_582, 137, 9.64, 0.4567].map((one) => about(one))).toEqual(['42,000', '140', '9.6', '0.46']);
  const places = apart([50, 52, 10], 20, 0, 100);
  expect(places[1]! - places[0]!).toBeGreaterThanOrEqual(20);
  expect(places[2]).toBe(10);
});
