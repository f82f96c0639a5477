// What choosing a cut saves on rows that did not choose it, at every ratio of costs: looked up, and drawn.
import { NBSP, number } from '../kit/numerals';
import type { Table } from '../kit/types';
import type { Costs } from '../kit/explorer/explorer';

export interface HeldOut {
  ratio: number;
  cut: number;
  cutLow: number;
  cutHigh: number;
  cost: number;
  costAtHalf: number;
  saving: number;
  savingLow: number;
  savingHigh: number;
}

const column = (table: Table, name: string) => (table.columns[name] ?? []) as (number | null)[];

/** The row whose cost ratio is nearest to that of the costs, its costs in their unit. */
export function heldOut(table: Table, costs: Costs): HeldOut | null {
  const ratios = column(table, 'ratio');
  const wanted = Math.log(costs.fn / costs.fp);
  let at = -1;
  let least = Infinity;
  ratios.forEach((ratio, i) => {
    const distance = Math.abs(Math.log(ratio ?? NaN) - wanted);
    if (distance < least) [at, least] = [i, distance];
  });
  if (at < 0) return null;
  const read = (name: string) => column(table, name)[at] ?? NaN;
  return {
    ratio: read('ratio'),
    cut: read('cut'),
    cutLow: read('cut_low'),
    cutHigh: read('cut_high'),
    cost: costs.fp * read('cost'),
    costAtHalf: costs.fp * read('cost_at_half'),
    saving: costs.fp * read('saving'),
    savingLow: costs.fp * read('saving_low'),
    savingHigh: costs.fp * read('saving_high'),
  };
}

export function ratioText(ratio: number): string {
  return ratio >= 1 ? `1 : ${number(ratio, 2)}` : `${number(1 / ratio, 2)} : 1`;
}

/** What is saved, in one sentence. */
export function savingWords(found: HeldOut): string {
  const thousand = (value: number) => number(1000 * value);
  const range = `${thousand(found.savingLow)} to ${thousand(found.savingHigh)}`;
  const told =
    found.savingLow > 0
      ? `costs ${thousand(found.saving)} less per 1,000${NBSP}rows than 0.5 (${range})`
      : found.savingHigh < 0
        ? `costs ${thousand(-found.saving)} more per 1,000${NBSP}rows than 0.5`
        : `cannot be told from 0.5 (${range} per 1,000${NBSP}rows)`;
  return `On rows that did not choose it, the cheapest cut at costs of ${ratioText(found.ratio)} ${told}.`;
}

/** By cost ratio, the share of the cost at 0.5 that choosing the cut saves, in percent, with its interval. */
export interface Savings {
  ratio: Float64Array;
  share: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

export function savings(table: Table): Savings {
  const half = column(table, 'cost_at_half');
  const share = (name: string) =>
    Float64Array.from(column(table, name), (value, i) =>
      half[i] && value !== null ? Math.max(-100, Math.min(100, (100 * value) / half[i])) : NaN,
    );
  const ratio = Float64Array.from(column(table, 'ratio'), (value) => value ?? NaN);
  return { ratio, share: share('saving'), low: share('saving_low'), high: share('saving_high') };
}
