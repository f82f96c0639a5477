// Scales and ticks of a plane drawn by hand, for pictures whose parts are dragged.

import { power, tick } from '../../kit/numerals';

export interface AxisOf {
  low: number;
  high: number;
  label: string;
  log?: boolean;
  ticks?: number[];
  count?: number;
  format?: (value: number) => string;
}
export interface Scales {
  x: (value: number) => number;
  y: (value: number) => number;
  /** back from pixels */
  ux: (pixel: number) => number;
  uy: (pixel: number) => number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  width: number;
}

/** Ticks of a log axis, short enough to stand side by side. */
export const decade = (value: number): string =>
  value >= 0.01 && value <= 100 ? tick(value) : power(Math.round(Math.log10(value)));

export function scale(axis: AxisOf, from: number, to: number) {
  const [low, high] = axis.log ? [Math.log10(axis.low), Math.log10(axis.high)] : [axis.low, axis.high];
  const along = (value: number) => ((axis.log ? Math.log10(value) : value) - low) / (high - low);
  return {
    place: (value: number) => from + (to - from) * along(value),
    back: (pixel: number) => {
      const value = low + ((pixel - from) / (to - from)) * (high - low);
      return axis.log ? 10 ** value : value;
    },
  };
}

export function ticks(axis: AxisOf): number[] {
  if (axis.ticks) return axis.ticks;
  const wanted = axis.count ?? 5;
  if (axis.log) {
    const first = Math.ceil(Math.log10(axis.low) - 1e-9);
    const last = Math.floor(Math.log10(axis.high) + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / (wanted + 1)));
    const out: number[] = [];
    for (let at = first; at <= last; at += every) out.push(10 ** at);
    return out;
  }
  const rough = (axis.high - axis.low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10) * power;
  const out: number[] = [];
  for (let at = Math.ceil(axis.low / step - 1e-9); at * step <= axis.high + 1e-9 * step; at++) out.push(at * step);
  return out;
}

/** A polyline's path; what is not finite breaks it. */
export function line(points: Iterable<readonly [number, number]>): string {
  let out = '';
  let open = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      open = false;
      continue;
    }
    out += `${open ? 'L' : 'M'}${x.toFixed(2)},${y.toFixed(2)}`;
    open = true;
  }
  return out;
}

export const steps = (low: number, high: number, count: number) =>
  Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
