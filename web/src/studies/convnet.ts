// A small convolutional network, forward and backward, one pixel at a time; held by tests/convnet.test.ts against
// science/nets with the same weights.
import type { Params } from '../kit/host';
import { fixed } from '../kit/numerals';
import type { Table } from '../kit/types';

export const SIDE = 28;
export const CLASSES = [
  'T-shirt',
  'trousers',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'trainer',
  'bag',
  'ankle boot',
] as const;

export interface Block {
  channels: number;
  filters: number;
  /** (3, 3, channels, filters), the last running fastest */
  kernel: Float64Array;
  bias: Float64Array;
}
export interface Net {
  blocks: Block[];
  /** (features, classes) */
  dense: Float64Array;
  bias: Float64Array;
  /** of CLASSES, in the order of its outputs */
  classes: number[];
}
/** What a block makes of its images; all (side, side, filters), the filters running fastest. */
export interface Layer {
  /** of what comes in, and of the sums */
  from: number;
  side: number;
  filters: number;
  input: Float64Array;
  /** with the bias, before ReLU */
  sums: Float64Array;
  half: number;
  pooled: Float64Array;
  /** for each pooled number, the place among `sums` that it came from; -1 where ReLU left nothing */
  winners: Int32Array;
}
export interface Trace {
  layers: Layer[];
  logits: Float64Array;
  p: Float64Array;
}
/** Gradients of the loss, −log p of the true class. */
export interface Back {
  loss: number;
  /** by the sums of each block, and by what came into it */
  sums: Float64Array[];
  input: Float64Array[];
  /** by the first block's kernel (3, 3, 1, filters) */
  kernel: Float64Array;
}
export interface Term {
  /** from 0 */
  row: number;
  column: number;
  value: number;
  weight: number;
  product: number;
}
export interface Sum {
  terms: Term[];
  bias: number;
  sum: number;
}
export interface Setting {
  network: string;
  moment: number;
  /** all from 0 */
  image: number;
  filter: number;
  row: number;
  column: number;
  backward: boolean;
}

const column = (table: Table | undefined, name: string) => table?.columns[name] ?? [];
const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export function setting(params: Params, filters: number): Setting {
  const backward = params['view'] === 'backward';
  const last = backward ? SIDE - 1 : SIDE - 3;
  return {
    network: String(params['network']),
    moment: Number(params['moment']),
    image: Number(params['image']) - 1,
    filter: Math.min(Number(params['filter']), filters) - 1,
    row: between(Number(params['row']) - 1, 0, last),
    column: between(Number(params['column']) - 1, 0, last),
    backward,
  };
}

const bytes = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Whole numbers of so many bits each, over 2 ** shift. */
export function unpacked(data: string, size: number, bits: number, shift: number): Float64Array {
  const from = bytes(data);
  const out = new Float64Array(size);
  const most = 2 ** (bits - 1);
  let at = 0;
  for (let i = 0; i < size; i += 1) {
    let whole = 0;
    for (let k = 0; k < bits; k += 1, at += 1) whole = 2 * whole + ((from[at >> 3]! >> (7 - (at & 7))) & 1);
    out[i] = (whole - most) / 2 ** shift;
  }
  return out;
}

/** A network at a moment of its training. */
export function net(weights: Table | undefined, networks: Table | undefined, name: string, moment: number): Net {
  const found = new Map<string, { array: Float64Array; shape: number[] }>();
  const [of, moments] = [column(weights, 'network'), column(weights, 'moment')];
  const get = (part: string, i: number) => column(weights, part)[i]!;
  of.forEach((each, i) => {
    if (each !== name || moments[i] !== moment) return;
    const shape = String(get('shape', i)).split(' ').map(Number);
    const size = shape.reduce((a, b) => a * b, 1);
    const array = unpacked(String(get('data', i)), size, Number(get('bits', i)), Number(get('shift', i)));
    found.set(String(get('path', i)), { array, shape });
  });
  const blocks: Block[] = [];
  let last = 0;
  for (const [path, { array, shape }] of found) {
    const [place, part] = path.split('/');
    if (part !== 'kernel') continue;
    if (shape.length === 4) {
      blocks.push({ channels: shape[2]!, filters: shape[3]!, kernel: array, bias: found.get(`${place}/bias`)!.array });
    } else last = Number(place);
  }
  const row = column(networks, 'network').indexOf(name);
  return {
    blocks,
    dense: found.get(`${last}/kernel`)?.array ?? new Float64Array(),
    bias: found.get(`${last}/bias`)?.array ?? new Float64Array(),
    classes: String(column(networks, 'classes')[row] ?? '')
      .split(' ')
      .map(Number),
  };
}

export interface Photograph {
  /** 0 … 255, by row */
  bytes: Uint8Array;
  label: number;
}
export function photographs(table: Table | undefined): Photograph[] {
  const labels = column(table, 'label');
  return column(table, 'pixels').map((each, i) => ({ bytes: bytes(String(each)), label: Number(labels[i]) }));
}
export const scaled = (image: ArrayLike<number>) => Float64Array.from(image, (value) => value / 255);

function block({ channels, filters, kernel, bias }: Block, input: Float64Array, from: number): Layer {
  const side = from - 2;
  const sums = new Float64Array(side * side * filters);
  for (let i = 0; i < side; i += 1) {
    for (let j = 0; j < side; j += 1) {
      const to = (i * side + j) * filters;
      for (let f = 0; f < filters; f += 1) sums[to + f] = bias[f]!;
      for (let tap = 0; tap < 9; tap += 1) {
        const at = ((i + Math.floor(tap / 3)) * from + j + (tap % 3)) * channels;
        for (let c = 0; c < channels; c += 1) {
          const value = input[at + c]!;
          if (!value) continue;
          const row = (tap * channels + c) * filters;
          for (let f = 0; f < filters; f += 1) sums[to + f]! += value * kernel[row + f]!;
        }
      }
    }
  }
  const half = Math.floor(side / 2);
  const pooled = new Float64Array(half * half * filters);
  const winners = new Int32Array(pooled.length).fill(-1);
  for (let i = 0; i < half; i += 1) {
    for (let j = 0; j < half; j += 1) {
      for (let f = 0; f < filters; f += 1) {
        const to = (i * half + j) * filters + f;
        for (const [a, b] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ] as const) {
          const at = ((2 * i + a) * side + 2 * j + b) * filters + f;
          if (sums[at]! > pooled[to]!) [pooled[to], winners[to]] = [sums[at]!, at];
        }
      }
    }
  }
  return { from, side, filters, input, sums, half, pooled, winners };
}

/** From pixels of 0 … 1 to probabilities. */
export function forward(of: Net, pixels: Float64Array): Trace {
  const layers: Layer[] = [];
  let [input, side] = [pixels, SIDE];
  for (const one of of.blocks) {
    const layer = block(one, input, side);
    layers.push(layer);
    [input, side] = [layer.pooled, layer.half];
  }
  const logits = Float64Array.from(of.bias);
  input.forEach((value, i) => {
    if (value) for (let k = 0; k < logits.length; k += 1) logits[k]! += value * of.dense[i * logits.length + k]!;
  });
  const top = Math.max(...logits);
  const each = logits.map((value) => Math.exp(value - top));
  const total = each.reduce((a, b) => a + b, 0);
  return { layers, logits, p: each.map((value) => value / total) };
}

/** The gradients of −log p[target]. */
export function backward(of: Net, trace: Trace, target: number): Back {
  const count = trace.logits.length;
  const error = trace.p.map((value, k) => value - Number(k === target));
  const last = trace.layers[trace.layers.length - 1]!;
  let up = last.pooled.map((_, i) => error.reduce((sum, each, k) => sum + each * of.dense[i * count + k]!, 0));
  const sums: Float64Array[] = [];
  const inputs: Float64Array[] = [];
  const kernel = new Float64Array(of.blocks[0]!.kernel.length);
  for (let n = trace.layers.length - 1; n >= 0; n -= 1) {
    const { input, from, side, filters, winners } = trace.layers[n]!;
    const { channels, kernel: weights } = of.blocks[n]!;
    const at = new Float64Array(side * side * filters);
    winners.forEach((place, i) => {
      if (place >= 0) at[place] = up[i]!;
    });
    const back = new Float64Array(input.length);
    at.forEach((g, place) => {
      if (!g) return;
      const [f, spot] = [place % filters, Math.floor(place / filters)];
      const [i, j] = [Math.floor(spot / side), spot % side];
      for (let tap = 0; tap < 9; tap += 1) {
        const to = ((i + Math.floor(tap / 3)) * from + j + (tap % 3)) * channels;
        for (let c = 0; c < channels; c += 1) {
          const weight = (tap * channels + c) * filters + f;
          back[to + c]! += g * weights[weight]!;
          if (n === 0) kernel[weight]! += g * input[to + c]!;
        }
      }
    });
    sums.unshift(at);
    inputs.unshift(back);
    up = back;
  }
  return { loss: -Math.log(trace.p[target]!), sums, input: inputs, kernel };
}

/** One filter's numbers of an array whose filters run fastest. */
export const map = (array: Float64Array, filters: number, filter: number) =>
  array.filter((_, i) => i % filters === filter);

/** The nine weights of a filter of the first layer. */
export const taps = (kernel: Float64Array, filters: number, filter: number) => map(kernel, filters, filter);

/** What is added up at an output pixel: its window of the image times the filter, and the bias. */
export function window(of: Net, trace: Trace, filter: number, row: number, col: number): Sum {
  const { filters, kernel, bias } = of.blocks[0]!;
  const { input, from } = trace.layers[0]!;
  const terms = [...taps(kernel, filters, filter)].map((weight, tap) => {
    const [i, j] = [row + Math.floor(tap / 3), col + (tap % 3)];
    const value = input[i * from + j]!;
    return { row: i, column: j, value, weight, product: value * weight };
  });
  const own = bias[filter]!;
  return { terms, bias: own, sum: terms.reduce((total, each) => total + each.product, own) };
}

/** What is added up at an image's pixel going back: the errors around it times the filter turned by half a circle. */
export function gather(of: Net, trace: Trace, back: Back, filter: number, row: number, col: number): Sum {
  const { filters, kernel } = of.blocks[0]!;
  const { side } = trace.layers[0]!;
  const turned = taps(kernel, filters, filter).reverse();
  const terms = [...turned].map((weight, tap) => {
    const [i, j] = [row - 2 + Math.floor(tap / 3), col - 2 + (tap % 3)];
    const inside = i >= 0 && j >= 0 && i < side && j < side;
    const value = inside ? back.sums[0]![(i * side + j) * filters + filter]! : 0;
    return { row: i, column: j, value, weight, product: value * weight };
  });
  return { terms, bias: 0, sum: terms.reduce((total, each) => total + each.product, 0) };
}

/** One filter's part of the image's gradient. */
export function part(of: Net, trace: Trace, back: Back, filter: number): Float64Array {
  return Float64Array.from(
    { length: SIDE * SIDE },
    (_, i) => gather(of, trace, back, filter, Math.floor(i / SIDE), i % SIDE).sum,
  );
}

/** An image of any size and four bytes a pixel, as the clothes are: 28 × 28, light on black, centred. */
export function clothes(rgba: ArrayLike<number>, width: number, height: number): Uint8Array {
  const grey = (x: number, y: number) => {
    const at = 4 * (y * width + x);
    const opaque = rgba[at + 3]! / 255;
    const light = 0.299 * rgba[at]! + 0.587 * rgba[at + 1]! + 0.114 * rgba[at + 2]!;
    return light * opaque + 255 * (1 - opaque);
  };
  let edge = 0;
  for (let x = 0; x < width; x += 1) edge += grey(x, 0) + grey(x, height - 1);
  for (let y = 0; y < height; y += 1) edge += grey(0, y) + grey(width - 1, y);
  const bright = edge / (2 * (width + height)) > 127.5;
  const size = Math.max(width, height);
  const [dx, dy] = [(size - width) / 2, (size - height) / 2];
  const out = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < SIDE; i += 1) {
    for (let j = 0; j < SIDE; j += 1) {
      // Mean over the pixel's square; a small picture is enlarged by repeating.
      const ends = (k: number, shift: number) => {
        const low = (k * size) / SIDE - shift;
        return [Math.floor(low), Math.max(Math.floor(low) + 1, Math.floor(low + size / SIDE))] as const;
      };
      const [top, bottom] = ends(i, dy);
      const [left, right] = ends(j, dx);
      let [sum, count] = [0, 0];
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          count += 1;
          if (x < 0 || y < 0 || x >= width || y >= height) continue;
          sum += bright ? 255 - grey(x, y) : grey(x, y);
        }
      }
      out[i * SIDE + j] = Math.round(sum / count);
    }
  }
  return out;
}

/** So many decimals, with a true minus, and no −0. */
export function decimals(value: number, places: number): string {
  const text = fixed(value, places);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}
