import { describe, expect, test } from 'vitest';
import { crossing, divisors, logOdds, loss, minimiser, pull, ratio, shares, truth } from '../src/studies/focal';
import fixture from './fixtures/focal.json';

describe.each(fixture.cases)('at γ = $gamma, α = $alpha', (one) => {
  test('losses, gradients and ratios are those of Python', () => {
    fixture.p.forEach((p, i) => {
      expect(loss(p, one.gamma) / one.loss[i]!).toBeCloseTo(1, 11);
      expect(pull(logOdds(p), one.gamma) / one.pull[i]!).toBeCloseTo(1, 10);
      expect(ratio(p, one.gamma) / one.ratio[i]!).toBeCloseTo(1, 9);
    });
  });
  test('what it asks for, and what that stands for, are those of Python', () => {
    fixture.p.forEach((p, i) => {
      expect(minimiser(p, one.gamma, one.alpha)).toBeCloseTo(one.minimiser[i]!, 10);
      expect(truth(p, one.gamma, one.alpha)).toBeCloseTo(one.truth[i]!, 10);
      expect(truth(minimiser(p, one.gamma, one.alpha), one.gamma, one.alpha)).toBeCloseTo(p, 9);
    });
  });
  test('the shares of the loss are those of Python', () => {
    shares(fixture.rows, one.gamma, one.alpha).forEach((share, i) => expect(share).toBeCloseTo(one.shares[i]!, 11));
  });
  test('so is what a batch is divided by', () => {
    const found = divisors(fixture.positives, fixture.windows, one.alpha);
    found.forEach((each, i) => expect(each.value).toBeCloseTo(one.divisors[i]!, 8));
    expect(found[0]!.low).toBe(1);
    expect(found[2]!.high).toBeGreaterThan(1.5);
  });
});

test('the gradient exceeds cross-entropy below p of about 0.3 at γ = 2', () => {
  expect(crossing(2)).toBeCloseTo(fixture.crossing, 9);
  expect(ratio(0.29, 2)).toBeGreaterThan(1);
  expect(ratio(0.31, 2)).toBeLessThan(1);
  expect(crossing(2, 0.1)).toBe(0);
});
