import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  cells,
  curve,
  FN,
  FP,
  illOf,
  kinds,
  model,
  NAMES,
  phi,
  rate,
  scores,
  TN,
  TP,
  words,
  type Setting,
} from '../src/studies/counts';
import { filled, mosaic, scoreFrame, stacked } from '../src/studies/counts/places';

interface Case {
  params: Setting;
  draws: number[];
  cells: [number, number, number, number];
  intervals: Record<string, [number, number]>;
  values: (number | null)[];
  model: [number, number, number];
}
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/counts.json', import.meta.url), 'utf-8')) as {
  cases: Case[];
};
const counted = (one: Case) => {
  const scored = scores(one.draws, one.params);
  const kind = kinds(scored, one.params);
  return { scored, kind, sums: cells(kind) };
};

describe.each(cases)('people of $params', (one) => {
  test('are counted as Python counts them', () => {
    const { tn, fp, fn, tp } = counted(one).sums;
    expect([tn, fp, fn, tp]).toEqual(one.cells);
  });
  test('have rates and intervals as in Python', () => {
    NAMES.forEach((name, i) => {
      const found = rate(name, counted(one).sums);
      const value = one.values[i];
      if (value === null) expect(found.value).toBeNaN();
      else expect(found.value).toBeCloseTo(value!, 14);
      expect(found.low).toBeCloseTo(one.intervals[name]![0], 13);
      expect(found.high).toBeCloseTo(one.intervals[name]![1], 13);
    });
  });
  test('follow a rule whose rates are those of Python', () => {
    NAMES.forEach((name, i) => {
      const { threshold, separation, prevalence } = one.params;
      expect(model(name, threshold, separation, prevalence) / one.model[i]!).toBeCloseTo(1, 11);
    });
  });
  test('fill the fields that their counts make, each in its own', () => {
    const { scored, kind, sums } = counted(one);
    const boxes = mosaic(sums, 600, 300, 6);
    const area = (which: number) => boxes[which]!.width * boxes[which]!.height;
    const room = 594 * 300;
    [sums.tn, sums.fp, sums.fn, sums.tp].forEach((count, which) => {
      expect(area(which) / room).toBeCloseTo(count / one.params.population, 10);
    });
    const { x, y } = filled(kind, scored, boxes, 3);
    kind.forEach((which, i) => {
      const box = boxes[which]!;
      expect(x[i]! >= box.x - 1e-3 && x[i]! <= box.x + box.width + 1e-3).toBe(true);
      expect(y[i]! >= box.y - 1e-3 && y[i]! <= box.y + box.height + 1e-3).toBe(true);
    });
  });
});

test('every person stands on the side of the truth and of the threshold, near enough to a dot', () => {
  const one = cases[0]!;
  const { scored, kind } = counted(one);
  const ill = illOf(one.params.prevalence, one.params.population);
  const frame = scoreFrame(760, 260, one.params.population, one.params.separation, ill);
  const { x, y } = stacked(scored, ill, frame);
  kind.forEach((which, i) => {
    expect(y[i]! < frame.base).toBe(which === TP || which === FN);
    if (Math.abs(scored[i]! - one.params.threshold) > 0.2 && scored[i]! > frame.low && scored[i]! < frame.high)
      expect(x[i]! > frame.at(one.params.threshold)).toBe(which === TP || which === FP);
    expect(y[i]).toBeGreaterThan(-10);
    expect(y[i]).toBeLessThan(270);
  });
  expect(new Set(kind)).toEqual(new Set([TN, FP, FN, TP]));
});

test('the normal distribution function has its digits in both tails', () => {
  expect(phi(0)).toBe(0.5);
  expect(phi(-8) / 6.220960574271785e-16).toBeCloseTo(1, 10);
  expect(phi(1.959963984540054)).toBeCloseTo(0.975, 14);
  expect(phi(-3.0000001)).toBeCloseTo(phi(-2.9999999), 8);
});

test('along the prevalence precision alone moves, and its band is inside 0 and 1', () => {
  const at = [0.005, 0.05, 0.5, 0.95];
  const now = { threshold: 1.2, prevalence: 0.1, separation: 2.4, population: 1000 };
  expect(new Set(curve('sensitivity', now, at).y).size).toBe(1);
  expect(new Set(curve('specificity', now, at).y).size).toBe(1);
  const { y, low, high } = curve('precision', now, at);
  y.forEach((value, i) => {
    if (i) expect(value).toBeGreaterThan(y[i - 1]!);
    expect(low[i]! <= value && value <= high[i]!).toBe(true);
    expect(low[i]! >= 0 && high[i]! <= 1).toBe(true);
  });
});

test('words say a fraction of whom', () => {
  const sums = { tp: 37, fn: 13, fp: 1, tn: 1949 };
  expect(words('sensitivity', rate('sensitivity', sums))).toBe('37 of 50 ill people found');
  expect(words('specificity', rate('specificity', sums))).toBe('1,949 of 1,950 healthy people cleared');
  expect(words('precision', rate('precision', sums))).toBe('37 of 38 called ill are ill');
  expect(words('precision', rate('precision', { tp: 0, fn: 1, fp: 0, tn: 9 }))).toBe('nobody is called ill');
});
