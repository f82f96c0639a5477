import { describe, expect, it } from 'vitest';
import { interval, number, percent, points, pValue, ratio, tick } from '../src/kit/numerals';
import fixture from './fixtures/numerals.json';

const FUNCTIONS: Record<string, (value: number) => string> = {
  number: (value) => number(value),
  number4: (value) => number(value, 4),
  padded: (value) => number(value, 3, true),
  percent: (value) => percent(value),
  ratio,
  points,
  pValue,
};

describe('numerals give what Python gives', () => {
  for (const [name, read] of Object.entries(FUNCTIONS)) {
    it(name, () => {
      const cases = (fixture as unknown as Record<string, [number, string][]>)[name]!;
      expect(cases.length).toBeGreaterThan(10);
      expect(cases.map(([value]) => [value, read(value)])).toEqual(cases);
    });
  }
  it('interval', () => {
    const cases = fixture.interval as [[number, number], string][];
    expect(cases.map(([pair]) => [pair, interval(...pair)])).toEqual(cases);
  });
  it('what is not finite arrives as null', () => {
    expect([number(null), percent(null), ratio(null), points(null), pValue(null), interval(null, 1)]).toEqual(
      Array(6).fill('–'),
    );
  });
  it('ticks are short and whole', () => {
    expect([0, 0.1 + 0.2, -5, 200000, 1e6, 2.5e7, 0.0001].map(tick)).toEqual([
      '0',
      '0.3',
      '−5',
      '200,000',
      '10⁶',
      '2.5·10⁷',
      '10⁻⁴',
    ]);
  });
});
