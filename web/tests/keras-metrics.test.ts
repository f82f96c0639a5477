import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  addedUp,
  answers,
  asStored,
  firstBatches,
  luck,
  meanOfBatches,
  orderOf,
  piled,
  RATES,
  setting,
  shuffle,
  TP,
} from '../src/studies/keras-metrics';

interface Case {
  params: Record<string, string | number>;
  order: number[];
  means: (number | null)[];
  added: (number | null)[];
  first: (number | null)[];
}
const { labels, cases, orders } = JSON.parse(
  readFileSync(new URL('./fixtures/keras-metrics.json', import.meta.url), 'utf-8'),
) as { labels: [string, string]; cases: Case[]; orders: { seed: number; n: number; order: number[] }[] };
const [y, called] = answers({ columns: { labels }, note: '' }) as [Uint8Array, Uint8Array];
const close = (found: ArrayLike<number>, wanted: (number | null)[]) =>
  wanted.forEach((value, i) => (value === null ? expect(found[i]).toBeNaN() : expect(found[i]).toBeCloseTo(value, 12)));

test.each(orders)('seed $seed shuffles $n as in Python', ({ seed, n, order }) => {
  expect([...shuffle(asStored(n), luck(seed))]).toEqual(order);
});

describe.each(cases)('batches of $params', (one) => {
  const now = setting(one.params);
  const order = orderOf(y, now);
  test('hold the images that they hold in Python', () => {
    expect([...order.subarray(0, one.order.length)]).toEqual(one.order);
  });
  test('have the mean that they have in Python, and the same counts whatever the order', () => {
    close(meanOfBatches(now.rate, y, called, order, now.batch, now.omit), one.means);
    close(addedUp(now.rate, y, called), one.added);
  });
  test('have the rates one by one', () => {
    close(
      firstBatches(now, y, called, order, one.first.length).map((each) => each.value),
      one.first,
    );
  });
});

test('one batch of all images has the rate, in any order', () => {
  for (const rate of RATES) {
    const order = shuffle(asStored(y.length), luck(9));
    const all = meanOfBatches(rate, y, called, order, y.length, false);
    addedUp(rate, y, called).forEach((value, k) => expect(all[k]).toBe(Number.isNaN(value) ? 0 : value));
  }
});

test('tiles are what their images are', () => {
  const now = setting(cases[0]!.params);
  const [first] = firstBatches(now, y, called, asStored(y.length), 1);
  expect(first!.kinds).toHaveLength(now.batch);
  first!.kinds.forEach((kind, i) => {
    expect(kind === TP).toBe(y[i] === now.kind && called[i] === now.kind);
  });
});

test('a pile loses nothing that lies in it', () => {
  const pile = piled([0, 0.1, 0.5, 0.999, 1, 1.2], 0, 1, 4);
  expect(pile.map((bin) => bin.count)).toEqual([2, 0, 1, 2]);
});
