import { expect, test } from 'vitest';
import {
  bestIntercept,
  fit,
  gradient,
  logLoss,
  parse,
  pointLoss,
  separation,
  sigmoid,
  slopeLoss,
  spelled,
} from '../src/studies/logit';
import cases from './fixtures/logit.json';

test.each(cases)('the fit of $points is that of Python', (one) => {
  const points = parse(one.points);
  const free = fit(points);
  expect(free.status).toBe(one.separated ? 'separated' : 'fitted');
  if (!one.separated) {
    expect(free.intercept).toBeCloseTo(one.intercept!, 8);
    expect(free.slope).toBeCloseTo(one.slope!, 8);
    const [first, second] = gradient(points, free);
    expect(Math.abs(first) + Math.abs(second)).toBeLessThan(1e-9);
  }
  const held = fit(points, one.ridge);
  expect(held.intercept).toBeCloseTo(one.penalised_intercept, 8);
  expect(held.slope).toBeCloseTo(one.penalised_slope, 8);
});

test.each(cases)('losses over the slope of $points are those of Python', (one) => {
  const points = parse(one.points);
  one.slopes.forEach((slope, i) => expect(slopeLoss(points, slope)).toBeCloseTo(one.losses[i]!, 9));
});

test('the loss is minus the logarithm of the likelihood, far out too', () => {
  expect(pointLoss(1.3, 1)).toBeCloseTo(-Math.log(sigmoid(1.3)), 12);
  expect(pointLoss(1.3, 0)).toBeCloseTo(-Math.log(1 - sigmoid(1.3)), 12);
  expect(pointLoss(-900, 1)).toBe(900);
  expect(sigmoid(-900)).toBe(0);
  expect(sigmoid(900)).toBe(1);
});

test('the gradient is the derivative of the summed loss', () => {
  const points = parse(cases[0]!.points);
  const at = { intercept: 0.3, slope: -0.7 };
  const [first, second] = gradient(points, at);
  const h = 1e-5;
  const n = points.length;
  const along = (a: number, b: number) =>
    (n *
      (logLoss(points, { intercept: 0.3 + a, slope: -0.7 + b }) -
        logLoss(points, { intercept: 0.3 - a, slope: -0.7 - b }))) /
    (2 * h);
  expect(along(h, 0)).toBeCloseTo(first, 6);
  expect(along(0, h)).toBeCloseTo(second, 6);
});

test('the best intercept makes the probabilities sum to the ones', () => {
  const points = parse(cases[0]!.points);
  for (const slope of [-5, 0, 0.4, 30]) {
    const intercept = bestIntercept(points, slope);
    const [first] = gradient(points, { intercept, slope });
    expect(Math.abs(first)).toBeLessThan(1e-9);
  }
});

test('separation: a cut, a cut on a shared value, none, and none where all are equal', () => {
  expect(separation(parse('-1:0 1:1'))).toBe(1);
  expect(separation(parse('-1:1 1:0'))).toBe(-1);
  expect(separation(parse('-1:0 0:0 0:1 1:1'))).toBe(1);
  expect(separation(parse('-1:0 0:1 1:0'))).toBe(0);
  expect(separation(parse('1:0 1:1'))).toBe(0);
  expect(fit(parse('1:0 1:1 1:1')).slope).toBe(0);
  expect(fit(parse('0:1 1:1')).status).toBe('one class');
});

test('points travel as text and back', () => {
  const text = '-1.5:0 0.2:1 3:1';
  expect(spelled(parse(text))).toBe(text);
  expect(spelled(parse(' -1.5:0, 0.2:1,3:1 '))).toBe(text);
});
