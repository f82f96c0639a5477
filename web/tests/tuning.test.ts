import { expect, test } from 'vitest';
import { pValue } from '../src/kit/numerals';
import { METHOD_NAMES, type Table } from '../src/kit/types';
import {
  belief,
  best,
  column,
  compared,
  courses,
  distinct,
  improvement,
  kernels,
  largest,
  place,
  profiles,
  realCourses,
  realTables,
  shares,
  trials,
  type Kernel,
} from '../src/studies/tuning';
import { look } from '../src/tuning/methods';
import stored from '../../src/cutaway/studies/stored/tuning.json';
import fixture from './fixtures/tuning.json';

const SIDE = 41;
const tables = stored.tables as unknown as Record<string, Table>;

test('the surrogate believes what Python says, and asks at the same place', () => {
  for (const one of fixture.beliefs) {
    const found = belief(fixture.trials, one.kernel as Kernel, SIDE);
    one.mean.forEach((value, i) => expect(found.mean[97 * i]).toBeCloseTo(value, 9));
    one.sd.forEach((value, i) => expect(found.sd[97 * i]).toBeCloseTo(value, 7));
    one.gain.forEach((value, i) => expect(found.gain[97 * i]).toBeCloseTo(value, 7));
    expect(found.gain[largest(found.gain)]).toBeCloseTo(found.gain[one.asks]!, 8);
  }
});

test('in the stored run it then went where it asks', () => {
  const walked = trials(tables['trials']!).surrogate!;
  const asked = kernels(tables['kernels']!);
  expect(asked[0]!.trials).toBe(4);
  expect(asked.at(-1)!.trials).toBe(walked.length);
  for (const kernel of asked.slice(0, -1)) {
    const found = belief(walked, kernel, SIDE);
    const went = walked[kernel.trials]!;
    const at = Math.round(went.x * (SIDE - 1)) * SIDE + Math.round(went.y * (SIDE - 1));
    // Seven digits are stored: the promise there is the largest to a thousandth of it.
    expect(found.gain[at]! / found.gain[largest(found.gain)]!).toBeGreaterThan(0.999);
  }
});

test('what looks best so far, and how many values were tried', () => {
  fixture.chosen.forEach((chosen, i) => expect(best(fixture.trials, i + 1)).toBe(chosen));
  expect(best(fixture.trials, 0)).toBe(-1);
  const all = trials(tables['trials']!);
  expect([distinct(all.grid!, 'x'), distinct(all.grid!, 'y')]).toEqual([5, 5]);
  expect([distinct(all.random!, 'x'), distinct(all.random!, 'y')]).toEqual([25, 25]);
});

test('profiles are the most along a setting, places are by column then row', () => {
  const [along, up] = profiles(fixture.score, SIDE);
  fixture.along.forEach((value, i) => expect(along[8 * i]).toBeCloseTo(value, 8));
  fixture.up.forEach((value, i) => expect(up[8 * i]).toBeCloseTo(value, 8));
  expect(place(0, SIDE)).toEqual({ x: 0, y: 0 });
  expect(place(SIDE, SIDE)).toEqual({ x: 1 / 40, y: 0 });
  expect(place(SIDE * SIDE - 1, SIDE)).toEqual({ x: 1, y: 1 });
  expect([...shares([2, 4, 3])]).toEqual([0, 1, 0.5]);
  expect([...shares([2, 2])]).toEqual([0, 0]);
});

test('expected improvement at its ends', () => {
  expect(improvement(1, 0, 0.4)).toBeCloseTo(0.6, 12);
  expect(improvement(0, 0, 0.4)).toBe(0);
  expect(improvement(0, 1, 0)).toBeCloseTo(0.3989422804, 9);
  expect(improvement(-9, 1, 0)).toBeCloseTo(0, 9);
});

test('curves and comparisons are looked up by trial', () => {
  const lines = courses(tables['curves']!, (one) => look(one, ['grid', 'random', 'surrogate']));
  expect(lines.map((one) => one.name)).toEqual(['Grid', 'Random', 'Bayesian']);
  expect(new Set(lines.map((one) => one.look.colour)).size).toBe(3);
  for (const one of lines) {
    expect(one.x).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(one.x.every((_, i) => one.lower[i]! <= one.upper[i]!)).toBe(true);
    expect(one.middle.at(-1)).toBe(stored.numbers[`regret_${one.method}` as 'regret_grid']);
  }
  const last = compared(tables['verdicts']!, 25, pValue);
  expect(last.map((one) => one.label)).toEqual([
    'Bayesian against random',
    'Bayesian against grid',
    'Random against grid',
  ]);
  for (const one of last) expect(one.outcome === 'tie').toBe(one.p >= 0.05);
  expect(compared(tables['verdicts']!, 1, pValue)).toHaveLength(3);
  expect(column(tables['surface']!, 'score')).toHaveLength(SIDE * SIDE);
});

test('every method looks different, known or not', () => {
  const methods = ['grid', 'random', 'quasi', 'tpe', 'gp', 'cmaes', 'mine', 'theirs'];
  const looks = methods.map((one) => JSON.stringify(look(one, methods)));
  expect(new Set(looks).size).toBe(methods.length);
});

test('real tables: a row each, the least of it, and its curves', () => {
  const rows = realTables(tables['real']!);
  expect(rows).toHaveLength(15);
  const one = rows.findIndex((row) => row.name === 'protein_structure');
  expect(rows[one]!.least).toBe('gp');
  expect(rows[one]!.found['gp']!.outcome).toBe('win');
  const lines = realCourses(tables['real_curves']!, one, Object.keys(METHOD_NAMES));
  expect(lines.map((line) => line.name)).toEqual(['grid', 'random', 'quasi-random', 'TPE', 'CMA-ES', 'GP']);
  expect(lines[0]!.x.at(-1)).toBe(60);
  const last = lines.at(-1)!;
  expect(last.lower.at(-1)!).toBeLessThanOrEqual(last.middle.at(-1)!);
  const cifar = rows.findIndex((row) => row.name === 'cifar10');
  expect(realCourses(tables['real_curves']!, cifar, Object.keys(METHOD_NAMES))).toHaveLength(4);
});
