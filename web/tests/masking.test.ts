import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Outcome } from '../src/kit/types';
import {
  ending,
  forward,
  layerTable,
  networks,
  pad,
  reach,
  ROUNDING,
  said,
  series,
  softmax,
  speakers,
  utterances,
  type Lane,
  type Side,
} from '../src/studies/masking';

interface Case {
  model: string;
  side: Side;
  utterance: number;
  padding: number;
  sums: number[];
  logits: number[];
}
const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf-8')) as unknown;
const { cases } = read('fixtures/masking.json') as { cases: Case[] };
const { tables } = read('../../src/cutaway/studies/stored/masking.json') as Outcome;
const nets = networks(tables);
const all = utterances(tables.utterances);
const net = (name: string) => nets.find((one) => one.name === name)!;
const squares = (values: number[]) => values.reduce((sum, v) => sum + v * v, 0);
/** The sum of squares of what Python's lane gives: an LSTM's is its last state. */
const size = (lane: Lane) =>
  lane.values ? squares(lane.values) : lane.steps!.reduce((sum, one) => sum + squares(one), 0);

test.each(cases)('$model padded $padding $side: every lane is Python’s', (one) => {
  const lanes = forward(net(one.model), all[one.utterance - 1]!.steps, one.padding, one.side);
  expect(lanes).toHaveLength(one.sums.length);
  lanes.forEach((lane, i) => expect(size(lane) / one.sums[i]!).toBeCloseTo(1, 6));
  one.logits.forEach((logit, k) => expect(lanes.at(-1)!.values![k]).toBeCloseTo(logit, 5));
});

test('the page has two utterances of each speaker, of several lengths', () => {
  expect(all).toHaveLength(18);
  expect(all.map((one) => one.speaker)).toEqual(Array.from({ length: 18 }, (_, i) => Math.floor(i / 2) + 1));
  expect(new Set(all.map((one) => one.steps.length)).size).toBeGreaterThan(5);
  for (const one of all) for (const step of one.steps) expect(step).toHaveLength(12);
});

test('padding stands where it is said to', () => {
  expect(pad([[1], [2]], 1, 'after')).toEqual({ steps: [[1], [2], [0]], real: [true, true, false] });
  expect(pad([[1], [2]], 1, 'before')).toEqual({ steps: [[0], [1], [2]], real: [false, true, true] });
  expect(pad([[1]], 0, 'before')).toEqual({ steps: [[1]], real: [true] });
});

test.each(['lstm', 'mean', 'attention'])('%s does not move, whatever the padding', (name) => {
  expect(ending(net(name))).toEqual({ fate: 'kept', lane: null });
  for (const one of all.slice(0, 6))
    for (const side of ['after', 'before'] as const)
      expect(reach(net(name), one, 3, side, 20).moves).toBeLessThan(ROUNDING);
});

test.each([
  ['bare', 'none', undefined],
  ['operation', 'lost', 'keras.ops.relu(x)'],
  ['convolution', 'lost', 'Conv1D(10, 3, padding="same", activation="relu")(x)'],
  ['shortcut', 'lost', 'Add()([x, MultiHeadAttention(1, 10)(x, x)])'],
])('%s moves, and its mask ends where Keras lost it', (name, fate, lane) => {
  expect(ending(net(name)).fate).toBe(fate);
  expect(ending(net(name)).lane?.keras).toBe(lane);
  for (const side of ['after', 'before'] as const)
    expect(Math.max(...all.map((one) => reach(net(name), one, 0, side, 20).moves))).toBeGreaterThan(0.01);
});

test('a mask is there as long as it is kept', () => {
  const lanes = forward(net('convolution'), all[0]!.steps, 4, 'after');
  expect(lanes.map((lane) => [lane.masked, lane.mask !== null])).toEqual([
    [false, true],
    [true, false],
    [false, false],
    [false, false],
  ]);
  const n = all[0]!.steps.length;
  expect(lanes[0]!.mask).toEqual([...new Array<boolean>(n).fill(true), ...new Array<boolean>(4).fill(false)]);
});

test('a masked LSTM rests over the padding, another runs on', () => {
  const n = all[0]!.steps.length;
  const rests = forward(net('lstm'), all[0]!.steps, 5, 'after')[1]!.steps!;
  expect(rests.at(-1)).toEqual(rests[n - 1]);
  const runs = forward(net('bare'), all[0]!.steps, 5, 'after')[1]!.steps!;
  expect(runs.at(-1)).not.toEqual(runs[n - 1]);
});

test('probabilities add up to one and name a speaker from one on', () => {
  const p = speakers(net('mean'), all[0]!.steps, 2, 'after');
  expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  expect(said([0.1, 0.7, 0.2])).toBe(2);
  expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
});

test('a reach holds what is now, alone, and between', () => {
  const one = all[3]!;
  const found = reach(net('bare'), one, 8, 'after', 20);
  const mine = (padding: number) => speakers(net('bare'), one.steps, padding, 'after')[one.speaker - 1]!;
  expect(found.now).toBe(mine(8));
  expect(found.alone).toBe(mine(0));
  expect(found.low).toBeLessThanOrEqual(Math.min(found.now, found.alone));
  expect(found.high).toBeGreaterThanOrEqual(Math.max(found.now, found.alone));
});

test('what is looked up is Python’s, in its order', () => {
  expect(series(tables.drift, 'lstm', 'before', 'padding')).toEqual([0, 1, 2, 4, 7, 10, 15, 20]);
  expect(series(tables.losses, 'counted', 'after', 'loss')).toHaveLength(8);
  expect(series(tables.gradient, 'lstm', 'after', 'share')).toEqual(new Array<number>(8).fill(0));
});

test('the table of layers has both frameworks, and Keras is one', () => {
  const layers = layerTable(tables.layers);
  expect(layers.find((one) => one.name === 'mean')!.keras!.fate).toBe('uses');
  expect(layers.find((one) => one.name === 'mean')!.pytorch!.fate).toBe('takes none');
  expect(layers.find((one) => one.name === 'encoder')!.keras).toBeNull();
  expect(layers.length).toBeGreaterThan(27);
});
