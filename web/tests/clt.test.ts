import { expect, test } from 'vitest';
import {
  bell,
  cases,
  column,
  frame,
  methods,
  named,
  pile,
  piled,
  quantile,
  reach,
  samples,
  sizes,
  type Bar,
  type Method,
  type Size,
} from '../src/studies/clt';
import type { Table } from '../src/kit/types';
import fixture from './fixtures/clt.json';
import stored from '../../src/cutaway/studies/stored/clt.json';

const kept = stored.tables as unknown as Record<string, Table>;
const all = sizes(kept['sizes']!);

test.each(fixture.cases)('means of $n draws are those of Python, and pile up alike', (one) => {
  const size = { n: one.n, growth: one.growth } as Size;
  const found = samples(one.pool, size, one.centre);
  expect(found.length).toBe(one.means.length);
  found.forEach((sample, i) => {
    expect(sample.draws.length).toBe(one.n);
    expect(sample.mean).toBeCloseTo(one.means[i]!, 9);
    expect(sample.scaled).toBeCloseTo(one.scaled[i]!, 9);
  });
  const wide = (one.high - one.low) / one.tall.length;
  const bars: Bar[] = one.tall.map((_, i) => ({ low: one.low + i * wide, high: one.low + (i + 1) * wide, tall: 0 }));
  // A lattice's value may lie on the edge of a bin: then two neighbours may differ by one.
  const heap = piled(
    found.map((sample) => sample.scaled),
    bars,
    60,
  ).map((bar) => bar.tall);
  const unit = 1 / Math.max(60, found.length) / wide;
  const off = heap.map((tall, i) => Math.round((tall - one.tall[i]!) / unit));
  expect(off.reduce((sum, each) => sum + Math.abs(each), 0)).toBe(0);
  [0.01, 0.5, 0.96].forEach((p, i) => expect(quantile(one.pool, p)).toBeCloseTo(one.quantiles[i]!, 12));
  const [low, high] = reach(one.pool);
  expect(low).toBeLessThanOrEqual(one.quantiles[0]!);
  expect(high).toBeGreaterThanOrEqual(one.quantiles[2]!);
});

test('the bell is the normal density', () => {
  fixture.x.forEach((x, i) => expect(bell(x, 0.5, 2)).toBeCloseTo(fixture.bell[i]!, 12));
});

test('every size has its pile, whose density and what lies beyond make one', () => {
  const repeats = Number(stored.params.repeats);
  expect(all.map((one) => one.n)).toEqual([1, 2, 5, 10, 30, 100, 300, 1000]);
  for (const one of all) {
    const inside = pile(kept['piles']!, one.n, repeats).reduce((sum, bar) => sum + bar.tall * (bar.high - bar.low), 0);
    expect(inside + (one.below + one.above) / repeats).toBeCloseTo(1, 6);
    expect(one.bound).toBe(Infinity); // of the stored law, whose third moment is infinite
  }
});

test('samples of every size are full and start anew in the pool', () => {
  const pool = column(kept['pool']!, 'draw');
  for (const one of all) {
    const found = samples(pool, one, Number(stored.numbers.centre));
    expect(found.length).toBe(Math.floor(pool.length / one.n));
    expect(found.flatMap((sample) => sample.draws)).toEqual(pool.slice(0, found.length * one.n));
  }
});

test('cases and methods are read with what is not known yet', () => {
  expect(cases(kept['cases']!).map((one) => one.name)).toContain('lognormal');
  const found = methods(kept['methods']!);
  expect(found.length).toBe(5);
  for (const one of found) {
    expect(one.coverage.map((at) => at.n)).toEqual([10, 30, 100]);
    expect(one.low <= one.value && one.value <= one.high).toBe(true);
  }
  const blank: Table = {
    note: '',
    columns: { method: ['mean'], n: [30], aim: [null], value: [1], low: [null], high: [null], coverage: [null] },
  };
  const [open] = methods(blank);
  expect([open!.low, open!.high]).toEqual([-Infinity, Infinity]);
  expect(open!.coverage[0]!.share).toBeNaN();
});

test('the frame of intervals is not made by the widest alone', () => {
  const one = (value: number, low: number, high: number): Method => ({
    name: '',
    aim: NaN,
    value,
    low,
    high,
    coverage: [],
  });
  const close = [one(0, -1, 1), one(0.1, -1, 1.2), one(0.2, -0.9, 1)];
  const [low, high] = frame([...close, one(50, -900, 1000)]);
  expect(low).toBeGreaterThan(-20);
  expect(high).toBeLessThan(20);
  expect(frame(close)[0]).toBeLessThan(-1);
  expect(frame([one(0, -Infinity, Infinity), ...close])[1]).toBeGreaterThan(1.2);
});

test('a law stands in a sentence', () => {
  expect(named('Pareto, α = 2.1')).toBe('Pareto (α = 2.1)');
  expect(named('Cauchy')).toBe('Cauchy');
});
