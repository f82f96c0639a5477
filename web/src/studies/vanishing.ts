// What the tables of the study of vanishing gradients hold, by network and layer; and the slopes of the activations
// (held against Python's by tests/vanishing.test.ts).
import type { Cell, Outcome, Table } from '../kit/types';

export type Activation = 'sigmoid' | 'tanh' | 'relu';
export type Norm = 'none' | 'batch' | 'disturbed';

/** A way to build the network. */
export interface Network {
  place: number;
  activation: Activation;
  norm: Norm;
  initialisation: string;
  loss: number;
  accuracy: number;
  drift: number;
  change: number;
  factor: number;
  expected: number;
  reach: number;
  good: number;
}
export interface Band {
  value: number;
  low: number;
  high: number;
}
/** A hidden layer at the start; `factor` is NaN for the last one. */
export interface Layer {
  layer: number;
  gradient: Band;
  factor: Band;
  slope: Band;
  expected: number;
  good: number;
  spread: number;
  stuck: number;
  silentAfter: number;
}
export interface Point extends Band {
  step: number;
}

export const STEEPEST: Record<Activation, number> = { sigmoid: 0.25, tanh: 1, relu: 1 };
export const REACH: Record<Activation, number> = { sigmoid: 8, tanh: 4, relu: 4 };
export const WORDS: Record<Activation, string> = { sigmoid: 'sigmoid', tanh: 'tanh', relu: 'ReLU' };
export const GUESS = Math.log(10);

const real = (cell: Cell | undefined): number => (typeof cell === 'number' ? cell : NaN);
const of = (table: Table, name: string, row: number) => real(table.columns[name]?.[row]);
const band = (table: Table, name: string, row: number): Band => ({
  value: of(table, name, row),
  low: of(table, `${name}_low`, row),
  high: of(table, `${name}_high`, row),
});

/** The derivative of an activation. */
export function slope(activation: Activation, z: number): number {
  if (activation === 'relu') return z > 0 ? 1 : 0;
  const bell = (x: number) => {
    const small = Math.exp(-Math.abs(x));
    return small / (1 + small) ** 2;
  };
  return activation === 'sigmoid' ? bell(z) : 4 * bell(2 * z);
}

export function networks(table: Table): Network[] {
  return (table.columns['activation'] ?? []).map((activation, place) => ({
    place,
    activation: String(activation) as Activation,
    norm: String(table.columns['norm']![place]) as Norm,
    initialisation: String(table.columns['initialisation']![place]),
    loss: of(table, 'loss', place),
    accuracy: of(table, 'accuracy', place),
    drift: of(table, 'drift', place),
    change: of(table, 'gradient_change', place),
    factor: of(table, 'factor', place),
    expected: of(table, 'expected', place),
    reach: of(table, 'reach', place),
    good: of(table, 'good', place),
  }));
}

export function find(all: Network[], activation: unknown, norm: Norm, initialisation: unknown): Network | undefined {
  return all.find((one) => one.activation === activation && one.norm === norm && one.initialisation === initialisation);
}

const rows = (table: Table, network: number): number[] =>
  (table.columns['network'] ?? []).flatMap((one, row) => (one === network ? [row] : []));

export function layers(table: Table, network: number): Layer[] {
  return rows(table, network).map((row) => ({
    layer: of(table, 'layer', row),
    gradient: band(table, 'gradient', row),
    factor: band(table, 'factor', row),
    slope: band(table, 'slope', row),
    expected: of(table, 'expected', row),
    good: of(table, 'good', row),
    spread: of(table, 'spread', row),
    stuck: of(table, 'stuck', row),
    silentAfter: of(table, 'silent_after', row),
  }));
}

/** Shares of a layer's pre-activations between equally spaced edges from -reach to reach. */
export function density(table: Table, network: number, layer: number): number[] {
  const row = rows(table, network).find((one) => table.columns['layer']![one] === layer);
  if (row === undefined) return [];
  const out: number[] = [];
  for (let bin = 0; table.columns[`b${bin}`]; bin++) out.push(of(table, `b${bin}`, row) / 1000);
  return out;
}

export function curve(table: Table, network: number): Point[] {
  return rows(table, network).map((row) => ({
    step: of(table, 'step', row),
    value: of(table, 'loss', row),
    low: of(table, 'low', row),
    high: of(table, 'high', row),
  }));
}

/** What theory expects of the gradient at each layer, of that at the last one. */
export function expectedGradients(all: Layer[]): number[] {
  const out = new Array<number>(all.length).fill(1);
  for (let i = all.length - 2; i >= 0; i--) out[i] = out[i + 1]! * all[i]!.expected;
  return out;
}

/** The gradient at a layer, of the median at the last one. */
export function relative(all: Layer[]): Band[] {
  const last = all.at(-1)?.gradient.value ?? NaN;
  return all.map(({ gradient }) => ({
    value: gradient.value / last,
    low: gradient.low / last,
    high: gradient.high / last,
  }));
}

/** The networks with one thing changed, each with the name of what is changed. */
export function beside(all: Network[], chosen: Network, starts: [string, string][]): { one: Network; word: string }[] {
  const { activation, norm, initialisation } = chosen;
  const out: { one: Network; word: string }[] = [];
  const add = (one: Network | undefined, word: string) => {
    if (one && one !== chosen) out.push({ one, word });
  };
  for (const other of Object.keys(WORDS) as Activation[]) add(find(all, other, norm, initialisation), WORDS[other]);
  for (const [start, word] of starts) add(find(all, activation, norm, start), word);
  add(
    find(all, activation, norm === 'none' ? 'batch' : 'none', initialisation),
    norm === 'none' ? 'batch norm' : 'no norm',
  );
  return out;
}

/** Places of labels, from the top, none nearer to another than `gap`, as near to where they belong as that leaves. */
export function apart(wanted: number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const out = [...wanted];
  order.forEach((at, k) => {
    out[at] = Math.max(wanted[at]!, k ? out[order[k - 1]!]! + gap : low);
  });
  let limit = high;
  for (const at of [...order].reverse()) {
    out[at] = Math.min(out[at]!, limit);
    limit = out[at]! - gap;
  }
  return out;
}

export const depth = (outcome: Outcome): number => Number(outcome.params['depth']);

/** Whether it learned: its loss is clearly below that of guessing. */
export const learned = (one: Network): boolean => one.loss < GUESS - 0.1;
