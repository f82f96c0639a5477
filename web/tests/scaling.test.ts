import { expect, test } from 'vitest';
import {
  atShare,
  bestSettings,
  path,
  problem,
  shrinkage,
  split,
  stableRate,
  type Method,
} from '../src/studies/scaling';
import fixture from './fixtures/scaling.json';

const near = (found: number, meant: number, scale = Math.abs(meant)) =>
  expect(Math.abs(found - meant)).toBeLessThanOrEqual(1e-7 * scale + 1e-300);

test.each(fixture.runs)('$method on $scaling at $rate takes the steps of Python', (run) => {
  const one = problem(fixture.problems, run.scaling);
  const method = run.method as Method;
  const settings = atShare(one, method, run.rate);
  near(settings.rate, run.settings_rate);
  near(settings.inertia, run.settings_inertia, 1);
  const way = path(one, method, settings, run.steps);
  expect(way.length).toBe(run.steps + 1);
  const start = split(one, [0, 0]);
  const gap = start[0] + start[1];
  run.at.forEach((k, i) => {
    const size = Math.max(...one.optimum.map(Math.abs), ...run.first.map(Math.abs), ...run.second.map(Math.abs));
    near(way[k]![0], run.first[i]!, size);
    near(way[k]![1], run.second[i]!, size);
    const parts = split(one, way[k]!);
    near(parts[0] / gap, run.steep[i]!, Math.max(1, run.steep[i]!));
    near(parts[1] / gap, run.flat[i]!, Math.max(1, run.flat[i]!));
  });
  if (method === 'adam') expect(shrinkage(method, 1, settings)).toBeNull();
  else one.values.forEach((value, i) => near(shrinkage(method, value, settings)!, run.shrinkage[i]!));
});

test('beyond the stable step the error grows, before it shrinks', () => {
  const one = problem(fixture.problems, 'standardised');
  for (const method of ['gradient', 'momentum', 'nesterov', 'newton'] as const) {
    expect(shrinkage(method, one.values[0], atShare(one, method, 0.999))!).toBeLessThan(1);
    expect(shrinkage(method, one.values[0], atShare(one, method, 1.001))!).toBeGreaterThan(1);
  }
  expect(stableRate('adam', 1)).toBeNull();
});

test('the full Newton step arrives, and best settings are those that are proved', () => {
  const one = problem(fixture.problems, 'raw');
  const [, end] = path(one, 'newton', { rate: 1, inertia: 0 }, 1);
  end!.forEach((each, i) => near(each, one.optimum[i]!));
  expect(bestSettings('gradient', [3, 1]).rate).toBe(0.5);
});

test('a run that leaves all bounds ends', () => {
  const one = problem(fixture.problems, 'standardised');
  expect(path(one, 'gradient', { rate: 1e6, inertia: 0 }, 400).length).toBeLessThan(60);
});
