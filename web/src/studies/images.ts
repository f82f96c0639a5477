// What the tables of the study of images hold: pixels of each stage, the last step's window, filters and maps (held against
// Python's by tests/images.test.ts).
import type { Table } from '../kit/types';

export interface Stage {
  name: string;
  width: number;
  height: number;
  channels: number;
  bytes: Uint8Array;
}

const numbers = (table: Table | undefined, name: string): number[] =>
  (table?.columns[name] ?? []).map((cell) => (typeof cell === 'number' ? cell : NaN));
export const unpacked = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export function stages(table: Table | undefined): Stage[] {
  const [width, height, channels] = ['width', 'height', 'channels'].map((name) => numbers(table, name));
  return (table?.columns['name'] ?? []).map((name, i) => ({
    name: String(name),
    width: width![i]!,
    height: height![i]!,
    channels: channels![i]!,
    bytes: unpacked(String(table!.columns['pixels']![i])),
  }));
}

export type Kind = 'sum' | 'slopes' | 'median' | 'least' | 'most' | 'level' | '';
const KINDS: Kind[] = ['sum', 'slopes', 'median', 'least', 'most', 'level'];
export interface Window {
  kind: Kind;
  side: number;
  /** One set of weights, or two for slopes; each row by row. */
  sums: number[][];
}

/** What a table's note says last: the kind of a window, or whose images were measured. */
export const last = (table: Table | undefined): string => table?.note.split('; ').at(-1) ?? '';

export function window(table: Table | undefined): Window {
  const said = last(table);
  const [sum, weight] = [numbers(table, 'sum'), numbers(table, 'weight')];
  const sums: number[][] = [];
  sum.forEach((which, i) => (sums[which] ??= []).push(weight[i]!));
  return { kind: KINDS.find((one) => one === said) ?? '', side: Math.round(Math.sqrt(sums[0]?.length ?? 1)), sums };
}

/** The level of a pixel, 0 to 255, of one channel; beyond the border the image is mirrored about its border pixel. */
export function level(stage: Stage, row: number, column: number, channel: number): number {
  const at = (place: number, n: number): number => {
    if (n === 1) return 0;
    const turn = Math.abs(place) % (2 * n - 2);
    return Math.min(turn, 2 * n - 2 - turn);
  };
  const pixel = at(row, stage.height) * stage.width + at(column, stage.width);
  return stage.bytes[pixel * stage.channels + Math.min(channel, stage.channels - 1)]!;
}

/** The levels that the window holds around a pixel, row by row. */
export function around(stage: Stage, side: number, row: number, column: number, channel: number): number[] {
  const reach = (side - 1) / 2;
  return Array.from({ length: side * side }, (_, k) =>
    level(stage, row - reach + Math.floor(k / side), column - reach + (k % side), channel),
  );
}

/** What the last step makes of the levels of its window; NaN where it is no window. */
export function made(window: Window, levels: number[]): number {
  const chosen = levels.filter((_, k) => window.sums[0]![k]! > 0).sort((a, b) => a - b);
  const sums = window.sums.map((weights) => weights.reduce((sum, weight, k) => sum + weight * levels[k]!, 0));
  switch (window.kind) {
    case 'sum':
      return Math.min(255, Math.abs(sums[0]!));
    case 'slopes':
      return Math.min(255, Math.hypot(sums[0]!, sums[1]!) / Math.SQRT2);
    case 'median':
      return chosen[(chosen.length - 1) >> 1]!;
    case 'least':
      return chosen[0]!;
    case 'most':
      return chosen.at(-1)!;
    default:
      return NaN;
  }
}

/** Filters as small images: each weight of the 3 × 3 by the mean over channels. */
export function filters(table: Table | undefined, maps: Stage[]): number[][] {
  const [which, weight] = [numbers(table, 'filter'), numbers(table, 'weight')];
  const out: number[][] = maps.map(() => []);
  which.forEach((k, i) => out[k]?.push(weight[i]!));
  return out.map((all) => {
    const channels = Math.max(1, all.length / 9);
    return Array.from({ length: 9 }, (_, place) => {
      const own = all.slice(place * channels, (place + 1) * channels);
      return own.reduce((sum, each) => sum + each, 0) / channels;
    });
  });
}

export function maps(table: Table | undefined): Stage[] {
  const [width, height] = [numbers(table, 'width'), numbers(table, 'height')];
  return width.map((each, i) => ({
    name: `filter ${i + 1}`,
    width: each,
    height: height[i]!,
    channels: 1,
    bytes: unpacked(String(table!.columns['pixels']![i])),
  }));
}

/** The steps of a line, and a line without one, with one more, or with two in the other order. */
export const parts = (line: string): string[] =>
  line
    .split('|')
    .map((part) => part.trim())
    .filter((part) => part !== '');
export const joined = (steps: string[]): string => steps.join(' | ');

/** What can be added by one press: an operation with parameters that show what it does. */
export const OPERATIONS: [step: string, label: string][] = [
  ['grey', 'Grey'],
  ['colour to=hsv', 'To HSV'],
  ['rgb of=hsv', 'HSV to RGB'],
  ['gamma power=0.5', 'Gamma ½'],
  ['stretch', 'Stretch'],
  ['equalise', 'Equalise'],
  ['clahe tiles=4', 'CLAHE'],
  ['gaussian sigma=1.5', 'Gaussian blur'],
  ['median radius=2', 'Median'],
  ['bilateral', 'Bilateral'],
  ['non_local_means strength=0.1', 'Non-local means'],
  ['fourier cutoff=0.1 keep=high', 'High frequencies'],
  ['sobel', 'Sobel'],
  ['laplacian', 'Laplacian'],
  ['canny', 'Canny'],
  ['otsu', 'Otsu'],
  ['adaptive', 'Adaptive threshold'],
  ['erosion radius=1', 'Erosion'],
  ['dilation radius=1', 'Dilation'],
  ['opening radius=2', 'Opening'],
  ['tophat radius=5', 'Top-hat'],
];
