import { tick } from '../numerals';
import type { Axis } from '../types';

type Given = readonly (number | null | undefined)[];

export const titled = (axis: Axis) => (axis.unit ? `${axis.label}, ${axis.unit}` : axis.label);

/** The smallest and the largest finite number; above zero only, where a logarithm is taken. */
export function extent(values: Iterable<number | null | undefined>, log = false): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

export function* chained(...lists: Given[]): Iterable<number | null | undefined> {
  for (const list of lists) yield* list;
}

/** A step of 1, 2 or 5 times a power of ten that gives about `count` ticks. */
function stride(low: number, high: number, count: number): number {
  const rough = (high - low) / Math.max(1, count);
  const base = 10 ** Math.floor(Math.log10(rough));
  const size = rough / base;
  return base * (size > 5 ? 10 : size > 2 ? 5 : size > 1 ? 2 : 1);
}

export function linearTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const step = stride(low, high, count);
  const out: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** Powers of ten; between two of them also 2 and 5, where there are few. */
export function logTicks(low: number, high: number, count: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const decades = last - first + 1;
  if (decades >= 3 || (decades === 2 && count < 5)) {
    const each = Math.ceil(decades / Math.max(2, count));
    return Array.from({ length: Math.ceil(decades / each) }, (_, i) => Number(`1e${first + i * each}`));
  }
  const out: number[] = [];
  for (let power = first - 1; power <= last; power += 1) {
    for (const front of [1, 2, 5]) {
      const value = Number(`${front}e${power}`);
      if (value >= low * 0.999999 && value <= high * 1.000001) out.push(value);
    }
  }
  return out.length >= 2 ? out : linearTicks(low, high, count);
}

export interface Span {
  type: 'linear' | 'log';
  domain: [number, number];
  label: string;
  ticks: number[];
  tickFormat: (value: number) => string;
}

/**
 * An axis with its domain and its ticks. `snug` keeps the domain to the data (an x axis of curves); else it is widened
 * to whole ticks, and to zero where zero is near.
 */
export function span(axis: Axis, found: [number, number] | null, count: number, snug = false): Span {
  let [low, high] = found ?? (axis.scale === 'log' ? [1, 10] : [0, 1]);
  const log = axis.scale === 'log';
  if (low === high)
    [low, high] = log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  if (!snug && !log) {
    if (low > 0 && low < 0.4 * (high - low)) low = 0;
    const step = stride(low, high, count);
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const ticks = log ? logTicks(low, high, count) : linearTicks(low, high, count);
  return { type: axis.scale, domain: [low, high], label: titled(axis), ticks, tickFormat: tick };
}

/** Where a value stands between the ends of its axis, from 0 to 1. */
export function place({ type, domain: [low, high] }: Span, value: number): number {
  return type === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}
