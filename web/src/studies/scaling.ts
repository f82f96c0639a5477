// Descent on a quadratic of two coefficients, step by step: the arithmetic of science/descent, for a step length that the
// reader moves (held against Python's by tests/scaling.test.ts).
import type { Table } from '../kit/types';

export type Method = 'gradient' | 'momentum' | 'nesterov' | 'adam' | 'newton';
export type Pair = [number, number];
export interface Problem {
  /** h11, h12, h22 */
  hessian: [number, number, number];
  optimum: Pair;
  /** eigenvalues, the larger first */
  values: Pair;
  /** the eigenvector of the larger; the other is at right angles */
  steep: Pair;
  condition: number;
}
export interface Settings {
  rate: number;
  inertia: number;
}
export const ADAM_SHARE = 0.2; // of the way to the minimum, at rate 1

const MEMORY = 0.999;
const FLOOR = 1e-8;

/** The problem of one scaling, from the outcome's table "problems". */
export function problem(table: Table, scaling: string): Problem {
  const row = table.columns['scaling']!.indexOf(scaling);
  const of = (name: string) => Number(table.columns[name]![row]);
  return {
    hessian: [of('h11'), of('h12'), of('h22')],
    optimum: [of('first'), of('second')],
    values: [of('steep'), of('flat')],
    steep: [of('steep_first'), of('steep_second')],
    condition: of('condition'),
  };
}

export function bestSettings(method: Method, [high, low]: Pair): Settings {
  const [upper, lower] = [Math.sqrt(high), Math.sqrt(low)];
  const inertia = (upper - lower) / (upper + lower);
  if (method === 'momentum') return { rate: 4 / (upper + lower) ** 2, inertia: inertia ** 2 };
  if (method === 'nesterov') return { rate: 1 / high, inertia };
  return { rate: method === 'newton' ? 1 : 2 / (low + high), inertia: 0 };
}

/** The step at which the method begins to diverge; null for Adam, which has none. */
export function stableRate(method: Method, high: number, inertia = 0): number | null {
  if (method === 'adam') return null;
  if (method === 'newton') return 2;
  if (method === 'gradient') return 2 / high;
  return (2 * (1 + inertia)) / (high * (method === 'nesterov' ? 1 + 2 * inertia : 1));
}

/** Settings at a share of the stable step; for Adam of a fifth of the way to the minimum from zero. */
export function atShare(one: Problem, method: Method, share: number): Settings {
  if (method === 'adam') {
    return { rate: share * ADAM_SHARE * Math.max(...one.optimum.map(Math.abs)), inertia: 0.9 };
  }
  const { inertia } = bestSettings(method, one.values);
  return { rate: share * stableRate(method, one.values[0], inertia)!, inertia };
}

/** By how much a step shrinks the error along an eigenvector, in the long run; null for Adam. */
export function shrinkage(method: Method, value: number, { rate, inertia }: Settings): number | null {
  if (method === 'adam') return null;
  if (method === 'newton') return Math.abs(1 - rate);
  const left = 1 - rate * value;
  if (method === 'gradient') return Math.abs(left);
  const [middle, product] = method === 'momentum' ? [left + inertia, inertia] : [left * (1 + inertia), left * inertia];
  const inside = middle ** 2 - 4 * product;
  if (inside < 0) return Math.sqrt(product);
  return Math.max(Math.abs(middle + Math.sqrt(inside)), Math.abs(middle - Math.sqrt(inside))) / 2;
}

/** The coefficients from zero on, one pair a step; it ends early where it has left all bounds. */
export function path(one: Problem, method: Method, { rate, inertia }: Settings, steps: number): Pair[] {
  const [h11, h12, h22] = one.hessian;
  const [u, v] = one.optimum;
  const determinant = h11 * h22 - h12 * h12;
  let b: Pair = [0, 0];
  let first: Pair = [0, 0];
  let second: Pair = [0, 0];
  const out: Pair[] = [b];
  const slope = ([x, y]: Pair): Pair => [h11 * (x - u) + h12 * (y - v), h12 * (x - u) + h22 * (y - v)];
  for (let k = 1; k <= steps; k++) {
    const was = b;
    if (method === 'adam') {
      const g = slope(b);
      first = [0, 1].map((i) => inertia * first[i]! + (1 - inertia) * g[i]!) as Pair;
      second = [0, 1].map((i) => MEMORY * second[i]! + (1 - MEMORY) * g[i]! ** 2) as Pair;
      b = [0, 1].map((i) => {
        const spread = Math.sqrt(second[i]! / (1 - MEMORY ** k)) + FLOOR;
        return was[i]! - (rate * (first[i]! / (1 - inertia ** k))) / spread;
      }) as Pair;
    } else if (method === 'newton') {
      const [p, q] = slope(b);
      b = [was[0] - (rate * (h22 * p - h12 * q)) / determinant, was[1] - (rate * (h11 * q - h12 * p)) / determinant];
    } else {
      const ahead: Pair = method === 'nesterov' ? [was[0] + inertia * first[0], was[1] + inertia * first[1]] : was;
      const g = slope(ahead);
      const carried = method === 'momentum' ? inertia : 0;
      b = [ahead[0] - rate * g[0] + carried * first[0], ahead[1] - rate * g[1] + carried * first[1]];
      first = [b[0] - was[0], b[1] - was[1]];
    }
    if (!b.every((each) => Math.abs(each) < 1e150)) break;
    out.push(b);
  }
  return out;
}

/** The loss above its minimum, along the steep and the flat eigenvector. */
export function split(one: Problem, [x, y]: Pair): Pair {
  const [p, q] = one.steep;
  const [dx, dy] = [x - one.optimum[0], y - one.optimum[1]];
  return [(one.values[0] * (p * dx + q * dy) ** 2) / 2, (one.values[1] * (p * dy - q * dx) ** 2) / 2];
}
