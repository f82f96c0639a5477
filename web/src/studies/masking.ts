// Small networks over one padded utterance, lane by lane, as science/nets/sequences.py computes them; held by
// tests/masking.test.ts against Python's probabilities and lanes of the same weights.
import type { Outcome, Table } from '../kit/types';
import { records, type Row } from './frameworks';

export type Steps = number[][];
export type Side = 'after' | 'before';
interface Matrix {
  rows: number;
  columns: number;
  at: number[];
}
type Parameters = Record<string, Matrix>;

export interface Spec {
  kind: string;
  keeps: boolean;
  fate: string;
  keras: string;
  pytorch: string;
}
export interface Net {
  name: string;
  words: string;
  lanes: Spec[];
  /** a lane's parameters by side, those of the logits last */
  parameters: Record<Side, Parameters[]>;
}
export interface Lane {
  kind: string;
  /** (t, k) where there are steps; an LSTM's states even if only the last goes on */
  steps: Steps | null;
  /** what goes on where there are no steps any more */
  values: number[] | null;
  /** the mask that goes on, or null */
  mask: boolean[] | null;
  /** whether one arrives */
  masked: boolean;
}

export interface Utterance {
  number: number;
  speaker: number;
  steps: Steps;
}

/** How far a probability may be off before a reader is told so: float64 in another order of sums. */
export const ROUNDING = 1e-9;

export function utterances(table: Table | undefined): Utterance[] {
  const out: Utterance[] = [];
  const names = Object.keys(table?.columns ?? {}).filter((name) => /^c\d+$/.test(name));
  for (const row of records(table)) {
    if (out.at(-1)?.number !== row.utterance)
      out.push({ number: Number(row.utterance), speaker: Number(row.speaker), steps: [] });
    out.at(-1)!.steps.push(names.map((name) => Number(row[name])));
  }
  return out;
}

export function networks(tables: Outcome['tables']): Net[] {
  const out = new Map<string, Net>();
  for (const row of records(tables.lanes)) {
    const name = String(row.model);
    if (!out.has(name))
      out.set(name, { name, words: String(row.words), lanes: [], parameters: { after: [], before: [] } });
    const { kind, fate, keras, pytorch } = row as Record<string, string>;
    out
      .get(name)!
      .lanes.push({ kind: kind!, keeps: Boolean(row.keeps), fate: fate!, keras: keras!, pytorch: pytorch! });
  }
  const weights = (tables.weights?.columns.value ?? []) as number[];
  for (const row of records(tables.parameters)) {
    const [rows, columns, first, lane] = [row.rows, row.columns, row.first, row.lane].map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const sides: Side[] = row.side === 'both' ? ['after', 'before'] : [row.side as Side];
    for (const side of sides) {
      const each = out.get(String(row.model))!.parameters[side];
      (each[lane] ??= {})[String(row.name)] = { rows, columns, at: weights.slice(first, first + rows * columns) };
    }
  }
  return [...out.values()];
}

/** The utterance with so many steps of zeros before or after, and which steps are real. */
export function pad(steps: Steps, padding: number, side: Side): { steps: Steps; real: boolean[] } {
  const zeros = Array.from({ length: padding }, () => steps[0]!.map(() => 0));
  const mark = (real: boolean) => (real ? steps : zeros).map(() => real);
  return side === 'after'
    ? { steps: [...steps, ...zeros], real: [...mark(true), ...mark(false)] }
    : { steps: [...zeros, ...steps], real: [...mark(false), ...mark(true)] };
}

function times(x: number[], kernel: Matrix, bias?: Matrix): number[] {
  const out = bias ? bias.at.slice() : new Array<number>(kernel.columns).fill(0);
  for (let i = 0; i < kernel.rows; i += 1) {
    const value = x[i]!;
    if (value) for (let j = 0; j < kernel.columns; j += 1) out[j]! += value * kernel.at[i * kernel.columns + j]!;
  }
  return out;
}

export function softmax(z: number[]): number[] {
  const most = Math.max(...z);
  const e = z.map((one) => Math.exp(one - most));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((one) => one / sum);
}

const relu = (x: number[]) => x.map((one) => Math.max(one, 0));
const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const every = (steps: Steps, kernel: Matrix, bias: Matrix) => steps.map((one) => times(one, kernel, bias));

/** An LSTM's state after each step, gates in the order in, forget, cell, out; a step outside the mask leaves it. */
function lstm(steps: Steps, p: Parameters, mask: boolean[] | null): Steps {
  const units = p.recurrent_kernel!.rows;
  let h = new Array<number>(units).fill(0);
  let c = h;
  return steps.map((x, t) => {
    if (mask && !mask[t]) return h;
    const z = times(x, p.kernel!, p.bias);
    const back = times(h, p.recurrent_kernel!);
    const gate = (k: number, j: number) => z[k * units + j]! + back[k * units + j]!;
    c = c.map((old, j) => logistic(gate(1, j)) * old + logistic(gate(0, j)) * Math.tanh(gate(2, j)));
    h = c.map((cell, j) => logistic(gate(3, j)) * Math.tanh(cell));
    return h;
  });
}

function attention(steps: Steps, p: Parameters, mask: boolean[] | null): Steps {
  const [q, k, v] = ['query', 'key', 'value'].map((one) => every(steps, p[`${one}_kernel`]!, p[`${one}_bias`]!)) as [
    Steps,
    Steps,
    Steps,
  ];
  const root = Math.sqrt(steps[0]!.length);
  const mixed = q.map((one) => {
    const scores = k.map((other, t) =>
      mask && !mask[t] ? -1e30 : one.reduce((sum, value, j) => sum + value * other[j]!, 0) / root,
    );
    const share = softmax(scores);
    return one.map((_, j) => share.reduce((sum, part, t) => sum + part * v[t]![j]!, 0));
  });
  return every(mixed, p.output_kernel!, p.output_bias!);
}

function pooled(steps: Steps, keep: (t: number) => boolean, join: (values: number[]) => number): number[] {
  return steps[0]!.map((_, j) => join(steps.filter((_, t) => keep(t)).map((one) => one[j]!)));
}

/** What comes out of each lane for an utterance padded so; the logits last. */
export function forward(net: Net, steps: Steps, padding: number, side: Side): Lane[] {
  const { steps: given, real } = pad(steps, padding, side);
  let now: Steps = given;
  let mask: boolean[] | null = null;
  let values: number[] | null = null;
  const out: Lane[] = [];
  net.lanes.forEach((lane, at) => {
    const p = net.parameters[side][at] ?? {};
    const masked = mask !== null;
    if (lane.kind === 'masking') mask = real;
    else if (lane.kind === 'dense') now = every(now, p.kernel!, p.bias!).map(relu);
    else if (lane.kind === 'linear') now = every(now, p.kernel!, p.bias!);
    else if (lane.kind === 'tanh') now = every(now, p.kernel!, p.bias!).map((one) => one.map(Math.tanh));
    else if (lane.kind === 'relu') now = now.map(relu);
    else if (lane.kind === 'convolution') {
      const none = now[0]!.map(() => 0);
      now = now.map((one, t) =>
        relu(times([...(now[t - 1] ?? none), ...one, ...(now[t + 1] ?? none)], p.kernel!, p.bias)),
      );
    } else if (lane.kind === 'attention') now = attention(now, p, mask);
    else if (lane.kind === 'shortcut') {
      const added = attention(now, p, mask);
      now = now.map((one, t) => one.map((value, j) => value + added[t]![j]!));
    } else if (lane.kind === 'lstm') {
      now = lstm(now, p, mask);
      values = now.at(-1)!;
    } else if (lane.kind === 'mean' || lane.kind === 'maximum') {
      const use = mask as boolean[] | null;
      const keep = (t: number) => lane.kind === 'maximum' || !use || use[t]!;
      values = pooled(now, keep, (all) =>
        lane.kind === 'maximum' ? Math.max(...all) : all.reduce((a, b) => a + b, 0) / all.length,
      );
    }
    const reduced = lane.kind === 'mean' || lane.kind === 'maximum';
    mask = lane.keeps && !values ? mask : null;
    out.push({ kind: lane.kind, steps: reduced ? null : now, values: values && [...values], mask, masked });
  });
  const last = net.parameters[side][net.lanes.length]!;
  const logits = times(values ?? [], last.kernel!, last.bias);
  out.push({ kind: 'classes', steps: null, values: logits, mask: null, masked: false });
  return out;
}

/** The probability of each speaker. */
export const speakers = (net: Net, steps: Steps, padding: number, side: Side): number[] =>
  softmax(forward(net, steps, padding, side).at(-1)!.values!);

/** The largest of the probabilities, as a speaker from 1 on. */
export const said = (p: number[]): number => p.indexOf(Math.max(...p)) + 1;

export interface Reach {
  now: number;
  alone: number;
  low: number;
  high: number;
  /** the largest change of any probability, over the paddings */
  moves: number;
}

/** The true speaker's probability now, alone, and over every padding up to `most`. */
export function reach(net: Net, one: Utterance, padding: number, side: Side, most: number): Reach {
  const all = Array.from({ length: most + 1 }, (_, more) => speakers(net, one.steps, more, side));
  const mine = all.map((p) => p[one.speaker - 1]!);
  return {
    now: mine[padding]!,
    alone: mine[0]!,
    low: Math.min(...mine),
    high: Math.max(...mine),
    moves: Math.max(...all.flatMap((p) => p.map((value, k) => Math.abs(value - all[0]![k]!)))),
  };
}

/** Where the mask ends its way: kept to the end, never there, or the lane that lost it. */
export function ending(net: Net): { fate: 'kept' | 'none' | 'lost'; lane: Spec | null } {
  if (!net.lanes.some((lane) => lane.kind === 'masking')) return { fate: 'none', lane: null };
  const lost = net.lanes.find((lane) => ['drops with a warning', 'loses silently', 'fails'].includes(lane.fate));
  return lost ? { fate: 'lost', lane: lost } : { fate: 'kept', lane: null };
}

/** One series of a table: the values of `column` where the first column is `name`, on a side. */
export function series(table: Table | undefined, name: string, side: Side, column: string): number[] {
  const key = Object.keys(table?.columns ?? {})[0] ?? '';
  return records(table)
    .filter((row) => row[key] === name && row.side === side)
    .map((row) => Number(row[column]));
}

export interface Layer {
  name: string;
  layer: string;
  keras: Row | null;
  pytorch: Row | null;
}

/** Every layer with its row in Keras and its row in PyTorch; the three backends of Keras must not differ. */
export function layerTable(table: Table | undefined): Layer[] {
  const out = new Map<string, Layer>();
  for (const row of records(table)) {
    const name = String(row.name);
    if (!out.has(name)) out.set(name, { name, layer: String(row.layer), keras: null, pytorch: null });
    if (row.framework === 'keras') out.get(name)!.keras = row;
    if (row.framework === 'pytorch') out.get(name)!.pytorch = row;
  }
  return [...out.values()];
}
