import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  backward,
  clothes,
  decimals,
  forward,
  gather,
  net,
  part,
  photographs,
  scaled,
  setting,
  SIDE,
  taps,
  unpacked,
  window,
} from '../src/studies/convnet';
import type { Cell } from '../src/kit/types';

interface Case {
  network: string;
  moment: number;
  image: number;
  label: number;
  target: number;
  weights: Record<string, Cell[]>;
  pixels: string;
  logits: number[];
  p: number[];
  loss: number;
  places: [number, number][];
  sums: number[][];
  input: number[][];
  kernel: number[];
}
const { networks, cases } = JSON.parse(readFileSync(new URL('./fixtures/convnet.json', import.meta.url), 'utf-8')) as {
  networks: Record<string, Cell[]>;
  cases: Case[];
};

describe.each(cases)('$network at moment $moment with photograph $image', (one) => {
  const of = net({ columns: one.weights, note: '' }, { columns: networks, note: '' }, one.network, one.moment);
  const [photograph] = photographs({ columns: { label: [one.label], pixels: [one.pixels] }, note: '' });
  const trace = forward(of, scaled(photograph!.bytes));
  const back = backward(of, trace, one.target);
  const filters = of.blocks[0]!.filters;

  test('says what Python says', () => {
    one.logits.forEach((value, k) => expect(trace.logits[k]).toBeCloseTo(value, 10));
    one.p.forEach((value, k) => expect(trace.p[k]).toBeCloseTo(value, 12));
    expect(back.loss).toBeCloseTo(one.loss, 10);
  });
  test('adds up nine products and the bias at a pixel', () => {
    one.places.forEach(([row, column], i) => {
      for (let f = 0; f < filters; f += 1) {
        const sum = window(of, trace, f, row, column);
        expect(sum.terms).toHaveLength(9);
        expect(sum.sum).toBeCloseTo(one.sums[i]![f]!, 12);
        expect(trace.layers[0]!.sums[(row * 26 + column) * filters + f]).toBeCloseTo(one.sums[i]![f]!, 12);
      }
    });
  });
  test('has Python’s gradients of pixels and weights', () => {
    one.input.forEach((row, i) =>
      row.forEach((value, j) => expect(back.input[0]![3 * i * SIDE + 3 * j]).toBeCloseTo(value, 11)),
    );
    one.kernel.forEach((value, k) => expect(back.kernel[k]).toBeCloseTo(value, 10));
  });
  test('collects with the turned filter what the filters’ errors scatter', () => {
    const whole = new Float64Array(SIDE * SIDE);
    for (let f = 0; f < filters; f += 1) part(of, trace, back, f).forEach((value, i) => (whole[i]! += value));
    whole.forEach((value, i) => expect(value).toBeCloseTo(back.input[0]![i]!, 12));
    const turned = gather(of, trace, back, 0, 5, 5).terms.map((each) => each.weight);
    expect(turned).toEqual([...taps(of.blocks[0]!.kernel, filters, 0)].reverse());
  });
});

test('numbers of so many bits come back', () => {
  const data = btoa(String.fromCharCode(0b11000100));
  expect([...unpacked(data, 2, 4, 3)]).toEqual([0.5, -0.5]);
});

test('a place stays within the picture', () => {
  const params = { network: 'one', moment: 2, image: 3, filter: 8, row: 28, column: 1, view: 'forward' };
  expect(setting(params, 1)).toMatchObject({ filter: 0, row: 25, column: 0, image: 2, backward: false });
  expect(setting({ ...params, view: 'backward' }, 8)).toMatchObject({ filter: 7, row: 27, backward: true });
});

describe('an image of one’s own', () => {
  const filled = (width: number, height: number, colour: (x: number, y: number) => number[]) =>
    Uint8ClampedArray.from(
      Array.from({ length: width * height }, (_, i) => colour(i % width, Math.floor(i / width))).flat(),
    );
  const inner = (x: number, y: number) => x >= 14 && x < 42 && y >= 14 && y < 42;
  test('on white becomes light on black', () => {
    const dark = clothes(
      filled(56, 56, (x, y) => (inner(x, y) ? [0, 0, 0, 255] : [255, 255, 255, 255])),
      56,
      56,
    );
    const light = clothes(
      filled(56, 56, (x, y) => (inner(x, y) ? [255, 255, 255, 255] : [0, 0, 0, 255])),
      56,
      56,
    );
    expect([...dark]).toEqual([...light]);
    expect(dark[0]).toBe(0);
    expect(dark[14 * SIDE + 14]).toBe(255);
  });
  test('what is transparent is background, and a wide one is centred', () => {
    const wide = clothes(
      filled(56, 28, (x, y) => (x < 4 || x >= 52 || y < 4 || y >= 24 ? [0, 0, 0, 0] : [0, 0, 0, 255])),
      56,
      28,
    );
    expect([0, 5].map((row) => wide[row * SIDE + 14])).toEqual([0, 0]);
    expect(wide.filter((value) => value > 0).length).toBeGreaterThan(200);
  });
  test('a small one is enlarged', () => {
    const tiny = clothes(Uint8ClampedArray.from([0, 0, 0, 255]), 1, 1);
    expect(new Set(tiny)).toEqual(new Set([0].concat(tiny[0]!)));
  });
});

test('a minus is a minus, and there is no −0', () => {
  expect([decimals(-0.123, 2), decimals(-0.001, 2), decimals(1.5, 1)]).toEqual(['−0.12', '0.00', '1.5']);
});
