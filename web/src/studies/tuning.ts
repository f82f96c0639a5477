// What the tables of the study of tuning hold, and what the surrogate believes after each trial: the same mathematics as
// Python's science.search, held against its figures by tests/tuning.test.ts.
import { METHOD_NAMES, type Cell, type Table } from '../kit/types';
import { look, type Course, type Look, type Pair } from '../tuning/methods';
import { erf } from './lockdown/kernel';

export type Walker = 'grid' | 'random' | 'surrogate' | 'tpe';
export const WALKERS: Record<Walker, string> = {
  grid: 'Grid',
  random: 'Random',
  surrogate: 'Bayesian',
  tpe: 'TPE',
};

const real = (cell: Cell | undefined): number => (typeof cell === 'number' ? cell : NaN);
export const column = (table: Table, name: string): number[] => (table.columns[name] ?? []).map(real);
const words = (table: Table, name: string): string[] => (table.columns[name] ?? []).map(String);

/** A trial: shares of the way through both settings, its score as it was seen, and without noise. */
export interface Trial {
  x: number;
  y: number;
  seen: number;
  true: number;
}
export function trials(table: Table): Partial<Record<Walker, Trial[]>> {
  const out: Partial<Record<Walker, Trial[]>> = {};
  const [x, y, seen, worth] = ['first', 'second', 'seen', 'true'].map((name) => column(table, name));
  words(table, 'walker').forEach((walker, i) => {
    (out[walker as Walker] ??= []).push({ x: x![i]!, y: y![i]!, seen: seen![i]!, true: worth![i]! });
  });
  return out;
}

/** Which of the first `at` trials looks best; -1 of none. The first among equals. */
export function best(of: Trial[], at: number): number {
  let found = -1;
  for (let i = 0; i < Math.min(at, of.length); i++) if (found < 0 || of[i]!.seen > of[found]!.seen) found = i;
  return found;
}

/** How many different values of a setting were tried. */
export const distinct = (of: Trial[], along: 'x' | 'y'): number => new Set(of.map((one) => one[along].toFixed(9))).size;

/** From 0 (the least) to 1 (the most). */
export function shares(values: ArrayLike<number>, low?: number, high?: number): Float64Array {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) [least, most] = [Math.min(least, values[i]!), Math.max(most, values[i]!)];
  const [from, to] = [low ?? least, high ?? most];
  return Float64Array.from(values, (one) => (to > from ? (one - from) / (to - from) : 0));
}

/** The most along either setting, whatever the other is. */
export function profiles(values: ArrayLike<number>, side: number): [number[], number[]] {
  const [along, up] = [new Array<number>(side).fill(-Infinity), new Array<number>(side).fill(-Infinity)];
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      const value = values[i * side + j]!;
      along[i] = Math.max(along[i]!, value);
      up[j] = Math.max(up[j]!, value);
    }
  return [along, up];
}

export function place(at: number, side: number): { x: number; y: number } {
  return { x: Math.floor(at / side) / (side - 1), y: (at % side) / (side - 1) };
}
export function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[found]!) found = i;
  return found;
}

export interface Kernel {
  trials: number;
  lengths: [number, number];
  signal: number;
  noise: number;
}
export function kernels(table: Table): Kernel[] {
  const [count, first, second, signal, noise] = ['trials', 'first', 'second', 'signal', 'noise'].map((name) =>
    column(table, name),
  );
  return count!.map((each, i) => ({
    trials: each,
    lengths: [first![i]!, second![i]!],
    signal: signal![i]!,
    noise: noise![i]!,
  }));
}

const ROOT5 = Math.sqrt(5);
const matern = (r: number) => (1 + ROOT5 * r + (5 * r * r) / 3) * Math.exp(-ROOT5 * r);

/** Lower triangle L with L Lᵀ = the matrix, by rows. */
function factor(matrix: number[][]): number[][] {
  const lower: number[][] = [];
  matrix.forEach((row, i) => {
    lower.push([]);
    for (let j = 0; j <= i; j++) {
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]!.push(i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j]![j]!);
    }
  });
  return lower;
}
/** L z = b. */
function forward(lower: number[][], b: number[]): number[] {
  const out: number[] = [];
  lower.forEach((row, i) => {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= row[k]! * out[k]!;
    out.push(sum / row[i]!);
  });
  return out;
}

export interface Belief {
  mean: Float64Array;
  sd: Float64Array;
  /** expected improvement over what is believed the best trial */
  gain: Float64Array;
}

/** What the surrogate believes of the square's places, given its trials. */
export function belief(of: Trial[], kernel: Kernel, side: number): Belief {
  const given = of.slice(0, kernel.trials);
  const { lengths, signal, noise } = kernel;
  const near = (a: { x: number; y: number }, b: { x: number; y: number }) =>
    signal * signal * matern(Math.hypot((a.x - b.x) / lengths[0], (a.y - b.y) / lengths[1]));
  const centre = given.reduce((sum, one) => sum + one.seen, 0) / given.length;
  const lower = factor(given.map((a, i) => given.map((b, j) => near(a, b) + (i === j ? noise * noise : 0))));
  const half = forward(
    lower,
    given.map((one) => one.seen - centre),
  );
  const at = (point: { x: number; y: number }): [number, number] => {
    const inner = forward(
      lower,
      given.map((one) => near(point, one)),
    );
    let [mean, explained] = [centre, 0];
    inner.forEach((each, i) => {
      mean += each * half[i]!;
      explained += each * each;
    });
    return [mean, Math.sqrt(Math.max(0, signal * signal - explained))];
  };
  const reached = Math.max(...given.map((one) => at(one)[0]));
  const n = side * side;
  const out: Belief = { mean: new Float64Array(n), sd: new Float64Array(n), gain: new Float64Array(n) };
  for (let i = 0; i < n; i++) {
    const [mean, sd] = at(place(i, side));
    out.mean[i] = mean;
    out.sd[i] = sd;
    out.gain[i] = improvement(mean, sd, reached);
  }
  return out;
}

/** E max(0, score - best) where the score is normal. */
export function improvement(mean: number, sd: number, reached: number): number {
  const gain = mean - reached;
  if (sd <= 0) return Math.max(gain, 0);
  const z = gain / sd;
  const below = 0.5 * (1 + erf(z * Math.SQRT1_2));
  return Math.max(0, gain * below + (sd * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI));
}

export function courses(table: Table, looks: (walker: string) => Look): Course[] {
  const [trial, middle, lower, upper] = ['trial', 'middle', 'lower', 'upper'].map((name) => column(table, name));
  const out = new Map<string, Course>();
  words(table, 'walker').forEach((walker, i) => {
    if (!out.has(walker))
      out.set(walker, {
        method: walker,
        name: WALKERS[walker as Walker] ?? walker,
        look: looks(walker),
        x: [],
        middle: [],
        lower: [],
        upper: [],
      });
    const one = out.get(walker)!;
    one.x.push(trial![i]!);
    one.middle.push(middle![i]!);
    one.lower.push(lower![i]!);
    one.upper.push(upper![i]!);
  });
  return [...out.values()];
}

export type Compared = Pair & { a: Walker; b: Walker; p: number };
/** The comparisons after so many trials. */
export function compared(table: Table, at: number, pValue: (p: number) => string): Compared[] {
  const [trial, difference, low, high, p] = ['trial', 'difference', 'low', 'high', 'p_corrected'].map((name) =>
    column(table, name),
  );
  const [a, b, outcome] = ['a', 'b', 'outcome'].map((name) => words(table, name));
  return trial!.flatMap((each, i) =>
    each === at
      ? [
          {
            a: a![i] as Walker,
            b: b![i] as Walker,
            label: `${WALKERS[a![i] as Walker]} against ${WALKERS[b![i] as Walker].toLowerCase().replace('tpe', 'TPE').replace('bayesian', 'Bayesian')}`,
            difference: difference![i]!,
            low: low![i]!,
            high: high![i]!,
            outcome: outcome![i] as Pair['outcome'],
            p: p![i]!,
            note: `p ${pValue(p![i]!)}`,
          },
        ]
      : [],
  );
}

export const short = (method: string): string => (method === 'gp' ? 'GP' : (METHOD_NAMES[method] ?? method));

export interface Real {
  name: string;
  family: string;
  unit: string;
  /** the method of the least mean regret */
  least: string;
  found: Record<string, { mean: number; repeats: number; outcome: Pair['outcome'] | '' }>;
}
export function realTables(table: Table): Real[] {
  const out: Real[] = [];
  const [names, families, units, methods, outcomes] = ['table', 'family', 'unit', 'method', 'against_random'].map(
    (name) => words(table, name),
  );
  const [means, repeats] = ['mean', 'repeats'].map((name) => column(table, name));
  names!.forEach((name, i) => {
    if (out.at(-1)?.name !== name)
      out.push({ name, family: families![i]!, unit: units![i]!, least: methods![i]!, found: {} });
    const row = out.at(-1)!;
    const method = methods![i]!;
    row.found[method] = { mean: means![i]!, repeats: repeats![i]!, outcome: outcomes![i] as Pair['outcome'] | '' };
    if (means![i]! < row.found[row.least]!.mean) row.least = method;
  });
  return out;
}

/** The median regret by trial on the table of this number. */
export function realCourses(table: Table, at: number, methods: string[]): Course[] {
  const all = Object.keys(METHOD_NAMES);
  const [tables, method, trial, median, low, high] = ['table', 'method', 'trial', 'median', 'low', 'high'].map((name) =>
    column(table, name),
  );
  return methods.flatMap((one) => {
    const rows = tables!.map((_, i) => i).filter((i) => tables![i] === at && all[method![i]!] === one);
    if (!rows.length) return [];
    const of = (values: number[]) => rows.map((i) => values[i]!);
    return [
      {
        method: one,
        name: short(one),
        look: look(one, methods),
        x: of(trial!),
        middle: of(median!),
        lower: of(low!),
        upper: of(high!),
      },
    ];
  });
}
