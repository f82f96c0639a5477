// What sensitivity, specificity and precision count: the people counted one by one, held by tests/counts.test.ts against
// Python's counts of the same people.
import { wilson } from '../kit/explorer/explorer';
import type { Params } from '../kit/host';

export interface Setting {
  threshold: number;
  prevalence: number;
  separation: number;
  population: number;
}

export interface Cells {
  tn: number;
  fp: number;
  fn: number;
  tp: number;
}

export type Name = 'sensitivity' | 'specificity' | 'precision';
export const NAMES: Name[] = ['sensitivity', 'specificity', 'precision'];

/** What a person is: the place of truth and call in two bits, as in TN, FP, FN, TP. */
export const [TN, FP, FN, TP] = [0, 1, 2, 3] as const;

export function setting(params: Params): Setting {
  const of = (name: keyof Setting) => Number(params[name]);
  return {
    threshold: of('threshold'),
    prevalence: of('prevalence'),
    separation: of('separation'),
    population: of('population'),
  };
}

/** How many of the population are ill, the nearest whole number; the first so many people are. */
export const illOf = (prevalence: number, population: number) => Math.floor(prevalence * population + 0.5);

/** Everybody's score. */
export function scores(draws: ArrayLike<number>, { prevalence, separation, population }: Setting): Float64Array {
  const ill = illOf(prevalence, population);
  const out = new Float64Array(population);
  for (let i = 0; i < population; i += 1) out[i] = draws[i]! + (i < ill ? separation : 0);
  return out;
}

/** What everybody is: TN, FP, FN or TP. */
export function kinds(scored: Float64Array, { prevalence, population, threshold }: Setting): Uint8Array {
  const ill = illOf(prevalence, population);
  return Uint8Array.from(scored, (score, i) => (i < ill ? 2 : 0) + (score >= threshold ? 1 : 0));
}

export function cells(kind: Uint8Array): Cells {
  const sums = [0, 0, 0, 0];
  for (const one of kind) sums[one]! += 1;
  const [tn, fp, fn, tp] = sums as [number, number, number, number];
  return { tn, fp, fn, tp };
}

export interface Rate {
  part: number;
  whole: number;
  value: number;
  low: number;
  high: number;
}

/** A rate of the people with its 95 % interval by Wilson; NaN of (0, 1) where it is about nobody. */
export function rate(name: Name, { tn, fp, fn, tp }: Cells): Rate {
  const [part, whole] = { sensitivity: [tp, tp + fn], specificity: [tn, tn + fp], precision: [tp, tp + fp] }[name] as [
    number,
    number,
  ];
  const [low, high] = wilson(part, whole);
  return { part, whole, value: whole ? part / whole : NaN, low, high };
}

/** The standard normal distribution function. */
export function phi(x: number): number {
  if (x > 0) return 1 - phi(-x);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x < -3) {
    let below = 0; // Laplace's continued fraction, from the inside out
    for (let k = 120; k > 0; k -= 1) below = k / (-x + below);
    return density / (-x + below);
  }
  let [sum, term] = [x, x];
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) sum += term *= (x * x) / k;
  return 0.5 + density * sum;
}

/** What the rule's rates are in truth, whoever is drawn. */
export function model(name: Name, threshold: number, separation: number, prevalence: number): number {
  const hit = phi(separation - threshold);
  if (name === 'sensitivity') return hit;
  if (name === 'specificity') return phi(threshold);
  const hits = hit * prevalence;
  const called = hits + phi(-threshold) * (1 - prevalence);
  return called > 0 ? hits / called : NaN;
}

export interface Curve {
  x: number[];
  y: number[];
  low: number[];
  high: number[];
}

/** A rate of the rule at every prevalence, and the 95 % interval that a population of this size gives it. */
export function curve(name: Name, now: Setting, at: number[]): Curve {
  const out: Curve = { x: at, y: [], low: [], high: [] };
  const [hit, clear] = [phi(now.separation - now.threshold), phi(now.threshold)];
  const alarm = phi(-now.threshold);
  for (const prevalence of at) {
    const called = hit * prevalence + alarm * (1 - prevalence);
    const value = { sensitivity: hit, specificity: clear, precision: called > 0 ? (hit * prevalence) / called : NaN }[
      name
    ];
    const share = { sensitivity: prevalence, specificity: 1 - prevalence, precision: called }[name];
    const whole = now.population * share;
    const [low, high] = wilson((value || 0) * whole, whole);
    out.y.push(value);
    out.low.push(low);
    out.high.push(high);
  }
  return out;
}

const people = (n: number) => (n === 1 ? 'person' : 'people');
const grouped = (n: number) => n.toLocaleString('en-US');

/** A rate's numerator and denominator in words. */
export function words(name: Name, { part, whole }: Rate): string {
  if (name === 'sensitivity') return `${grouped(part)} of ${grouped(whole)} ill ${people(whole)} found`;
  if (name === 'specificity') return `${grouped(part)} of ${grouped(whole)} healthy ${people(whole)} cleared`;
  if (!whole) return 'nobody is called ill';
  return `${grouped(part)} of ${grouped(whole)} called ill ${part === 1 ? 'is' : 'are'} ill`;
}
