import { number, percent, tick } from '../kit/numerals';
import type { Axis } from '../kit/types';

/** Whether an axis measures shares between 0 and 1, which are told as percentages. */
export function shares(axis: Axis): boolean {
  const words = `${axis.label} ${axis.unit}`.toLowerCase().replaceAll('_', ' ').split(/\s+/);
  if (words.includes('roc') || words.includes('auc')) return false; // a share of pairs, but never told in percent
  return (
    axis.unit.trim() !== '%' && words.some((word) => ['share', 'shares', 'fraction', 'probability'].includes(word))
  );
}

/** A value on this axis in words. */
export function told(axis: Axis, value: number | null): string {
  if (shares(axis)) return percent(value);
  return number(value) + (axis.unit.trim() === '%' ? '\u00a0%' : '');
}

export function tickText(axis: Axis, value: number): string {
  return shares(axis) ? `${tick(Number((100 * value).toPrecision(6)))}\u00a0%` : tick(value);
}

/** What an axis measures, in which unit, and that its scale is logarithmic. */
export function title(axis: Axis): string {
  const unit = axis.unit.trim();
  const twice =
    unit.toLowerCase() === axis.label.toLowerCase() ||
    (shares(axis) && /^share/i.test(unit) && /^share/i.test(axis.label));
  const parts = [unit && !twice ? unit : '', axis.scale === 'log' ? 'log scale' : ''].filter(Boolean);
  return parts.length ? `${axis.label} (${parts.join(', ')})` : axis.label;
}

/** A stretch of an axis; `at` says where a value stands on it, in percent of the width. */
export interface Stretch {
  low: number;
  high: number;
  at: (value: number) => number;
  ticks: number[];
}

/** The stretch that holds the values, with room beside them; `zero` makes a linear one hold zero. */
export function stretch(axis: Axis, values: (number | null)[], zero: boolean): Stretch {
  const log = axis.scale === 'log';
  const kept = values.filter(
    (value): value is number => value !== null && Number.isFinite(value) && (!log || value > 0),
  );
  let [low, high] = kept.length ? [Math.min(...kept), Math.max(...kept)] : log ? [1, 10] : [0, 1];
  if (log) {
    if (high / low < 1 + 1e-9) [low, high] = [low / 2, high * 2];
    const room = (high / low) ** 0.05;
    [low, high] = [low / room, high * room];
  } else {
    if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
    if (high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high), 1e-300)) high = low + (Math.abs(low) || 1);
    const room = zero ? 0 : 0.05 * (high - low);
    [low, high] = [low - room, high + room];
  }
  const share = (value: number) =>
    log ? (value > 0 ? Math.log(value / low) / Math.log(high / low) : 0) : (value - low) / (high - low);
  return {
    low,
    high,
    at: (value) => 100 * Math.min(1, Math.max(0, share(value))),
    ticks: log ? decades(low, high) : even(low, high),
  };
}

/** At most five round numbers, a step of 1, 2 or 5 times a power of ten apart. */
function even(low: number, high: number): number[] {
  const raw = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10);
  const out: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k <= high / step + 1e-9; k++)
    out.push(Number((k * step).toPrecision(12)) + 0);
  return out;
}

/** Powers of ten, every other or third where they are many; within one decade even numbers. */
function decades(low: number, high: number): number[] {
  const from = Math.ceil(Math.log10(low) - 1e-9);
  const to = Math.floor(Math.log10(high) + 1e-9);
  if (to - from < 1) return even(low, high).filter((tick) => tick > 0);
  const skip = Math.ceil((to - from + 1) / 4);
  const out: number[] = [];
  for (let k = from; k <= to; k += skip) out.push(Number(`1e${k}`));
  return out;
}
