import { expect, test } from 'vitest';
import {
  column,
  count,
  density,
  draws,
  expected,
  far,
  leaps,
  mean,
  median,
  off,
  onCircle,
  ORIGINS,
  path,
  pile,
  spans,
  width,
  type Series,
  type Step,
} from '../src/studies/cauchy';
import { number } from '../src/kit/numerals';
import type { Table } from '../src/kit/types';
import fixture from './fixtures/cauchy.json';
import stored from '../../src/cutaway/studies/stored/cauchy.json';

const made = Object.fromEntries(
  Object.entries(fixture.tables).map(([name, columns]) => [name, { columns, note: '' } as Table]),
);
const kept = stored.tables as unknown as Record<string, Table>;
const metres = (origin: 'rays') => draws(made, origin).map((one) => one.x * fixture.d);

test('mean and median of what has landed are those of Python', () => {
  const places = metres('rays');
  [1, 2, 17, places.length].forEach((k, i) => {
    expect(mean(places.slice(0, k))).toBeCloseTo(fixture.means[i]!, 9);
    expect(median(places.slice(0, k))).toBeCloseTo(fixture.medians[i]!, 12);
  });
});

test('a pile counts what Python counts, and what lies beyond', () => {
  expect(pile(metres('rays'), 4, 16)).toEqual(fixture.pile);
  expect(pile([], 4, 2)).toEqual({ counts: [0, 0], left: 0, right: 0 });
});

test('the density and the phase on the circle are those of Python', () => {
  [-2, 0, 0.3, 7].forEach((x, i) => expect(density(x, fixture.d)).toBeCloseTo(fixture.density[i]!, 12));
  fixture.circle.forEach((one, i) => {
    const found = onCircle(column(made['shown']!, 'rays')[i]!);
    expect(found.x).toBeCloseTo(one.x, 12);
    expect(found.height).toBeCloseTo(one.height, 12);
    expect(Math.hypot(found.x, found.height - 0.5)).toBeCloseTo(0.5, 12);
  });
});

test('whatever it comes from lies on the line from the source to where it lands', () => {
  for (const origin of ORIGINS)
    for (const one of draws(made, origin)) {
      const end = one.way.at(-1)!;
      expect(end.x).toBeCloseTo(one.x, 9);
      expect(end.height).toBeLessThanOrEqual(0.01);
      expect(one.way[0]).toEqual({ x: 0, height: 1 });
      // Cross product with the way down: 0 on the line.
      if (one.from)
        expect(Math.abs(one.from.x - one.x * (1 - one.from.height)) / Math.hypot(1, one.x)).toBeLessThan(1e-9);
      if (origin === 'ratio') expect(one.from).not.toBeNull();
    }
});

test('walks jump as far as they are from the wall', () => {
  for (const { way } of draws(made, 'walk')) {
    expect(way.length).toBeGreaterThan(1);
    for (let i = 1; i < way.length; i++) {
      const [a, b] = [way[i - 1]!, way[i]!];
      expect(Math.hypot(b.x - a.x, b.height - a.height)).toBeCloseTo(a.height, 9);
    }
  }
});

test('half of the middle of many paths is that of Python, and as theory expects', () => {
  const table = { columns: fixture.many, note: '' } as Table;
  for (const [series, widths] of Object.entries(fixture.widths) as [Series, number[]][]) {
    spans(table, series).forEach((one, i) => {
      expect(width(one)).toBeCloseTo(widths[i]!, 12);
      expect(one.low <= one.lower && one.lower <= one.middle && one.upper <= one.high).toBe(true);
    });
    expect(expected(series, 400)).toBeCloseTo(fixture.expected[series as keyof typeof fixture.expected], 9);
    // Of the stored paths, most dots lie in the band that is drawn for so many.
    const factor = off(series, Number(stored.params.paths));
    const ratios = spans(kept['many']!, series)
      .filter((one) => one.n >= 30)
      .map((one) => width(one) / expected(series, one.n));
    expect(ratios.filter((one) => one > factor || one < 1 / factor).length).toBeLessThanOrEqual(ratios.length / 3);
  }
});

test('leaps are places where one draw beyond all before moved the mean the most', () => {
  const steps = fixture.path as Step[];
  const table = {
    columns: Object.fromEntries(
      (['n', 'mean', 'median', 'farthest'] as const).map((name) => [name, steps.map((one) => one[name])]),
    ),
    note: '',
  };
  expect(path(table)).toEqual(steps);
  const found = leaps(steps, 3);
  expect(found.length).toBeGreaterThan(0);
  const sizes = found.map((one) => Math.abs(one.to - one.from));
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  for (const one of found) {
    const at = steps.findIndex((step) => step.n === one.n);
    expect(Math.abs(one.draw)).toBeGreaterThan(Math.abs(steps[at - 1]!.farthest));
    expect(one.to).toBe(steps[at]!.mean);
    // The draw itself makes the leap, all others between the two places the small rest.
    expect(Math.abs(one.to - one.from - one.draw / one.n)).toBeLessThan(1.5);
  }
  for (const [i, one] of found.entries())
    for (const other of found.slice(i + 1)) expect(Math.abs(Math.log10(one.n / other.n))).toBeGreaterThan(0.7);
});

test('lengths are in metres, or in kilometres where it is far', () => {
  expect(far(0.5489, number)).toBe('0.55\u00a0m');
  expect(far(4.9e-5, number)).toBe('0.049\u00a0mm');
  expect(far(0, number)).toBe('0\u00a0m');
  expect([count(99_999, number), count(2.47e8, number)]).toEqual(['99,999', '247\u00a0million']);
  expect(far(-345.6, number)).toBe('−346\u00a0m');
  expect(far(23848, number)).toBe('24\u00a0km');
  expect(far(-3213456700, number)).toBe('−3,213,457\u00a0km');
});
