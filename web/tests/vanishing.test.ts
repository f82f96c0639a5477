import { expect, test } from 'vitest';
import {
  apart,
  beside,
  curve,
  density,
  expectedGradients,
  find,
  layers,
  networks,
  relative,
  slope,
  STEEPEST,
  type Activation,
  type Layer,
} from '../src/studies/vanishing';
import type { Outcome, Table } from '../src/kit/types';
import fixture from './fixtures/vanishing.json';
import stored from '../../src/cutaway/studies/stored/vanishing.json';

const tables = stored.tables as unknown as Record<string, Table>;
const all = networks(tables['networks']!);
const starts: [string, string][] = [
  ['small', 'small'],
  ['glorot', 'Glorot'],
  ['he', 'He'],
  ['critical', 'critical'],
];

test.each(['sigmoid', 'tanh', 'relu'] as Activation[])('the slope of %s is that of Python', (name) => {
  fixture.z.forEach((z, i) => expect(slope(name, z)).toBeCloseTo(fixture.slopes[name][i]!, 12));
  expect(Math.max(...fixture.z.map((z) => slope(name, z)))).toBeLessThanOrEqual(STEEPEST[name]);
});

test.each(fixture.cases)('expected gradients are products of expected factors', ({ expected, gradients }) => {
  const found = expectedGradients(expected.map((each) => ({ expected: each ?? NaN }) as Layer));
  found.forEach((each, i) => expect(each / gradients[i]!).toBeCloseTo(1, 9));
});

test('every network that can be chosen is found, with all its layers', () => {
  const depth = Number((stored as unknown as Outcome).params['depth']);
  expect(all.length).toBe(27);
  for (const activation of ['sigmoid', 'tanh', 'relu'])
    for (const norm of ['none', 'batch'] as const)
      for (const [start] of starts) {
        const one = find(all, activation, norm, start)!;
        const hidden = layers(tables['layers']!, one.place);
        expect(hidden.map((each) => each.layer)).toEqual(Array.from({ length: depth }, (_, i) => i + 1));
        const bars = relative(hidden);
        expect(bars.at(-1)!.value).toBe(1);
        // Not the median of the seeds' own ratios, but near it.
        expect(Math.abs(Math.log(bars[0]!.value / one.reach))).toBeLessThan(0.7);
        expect(hidden.at(-1)!.factor.value).toBeNaN();
        for (let layer = 1; layer <= depth; layer++) {
          const shares = density(tables['density']!, one.place, layer);
          expect(shares.length).toBe(32);
          expect(Math.abs(shares.reduce((sum, each) => sum + each, 0) - 1)).toBeLessThan(0.02);
        }
        expect(curve(tables['curves']!, one.place).at(-1)!.step).toBe(Number(stored.params['steps']));
      }
  expect(density(tables['density']!, 0, 99)).toEqual([]);
});

test('beside a network stand those with one thing changed', () => {
  const chosen = find(all, 'sigmoid', 'none', 'glorot')!;
  expect(beside(all, chosen, starts).map(({ word }) => word)).toEqual([
    'tanh',
    'ReLU',
    'small',
    'He',
    'critical',
    'batch norm',
  ]);
  for (const { one } of beside(all, chosen, starts)) {
    const same = [one.activation === 'sigmoid', one.norm === 'none', one.initialisation === 'glorot'];
    expect(same.filter(Boolean).length).toBe(2);
  }
  expect(beside(all, find(all, 'relu', 'batch', 'he')!, starts).at(-1)!.word).toBe('no norm');
});

test('labels stand apart, inside, and in their order', () => {
  const wanted = [50, 52, 52, 10, 98];
  const found = apart(wanted, 10, 0, 100);
  const sorted = [...found].sort((a, b) => a - b);
  sorted.slice(1).forEach((each, i) => expect(each - sorted[i]!).toBeGreaterThanOrEqual(10 - 1e-9));
  expect(sorted[0]).toBeGreaterThanOrEqual(0);
  expect(sorted.at(-1)).toBeLessThanOrEqual(100);
  expect(found[3]).toBe(10);
  expect(apart([20, 80], 10, 0, 100)).toEqual([20, 80]);
});
