// The shift of log-odds that undoes a class weight, looked up share by share.
import { NBSP, number, percent } from '../kit/numerals';
import type { Distribution, Table } from '../kit/types';

export interface Group {
  mean: number;
  observed: number;
  low: number;
  high: number;
  nullLow: number;
  nullHigh: number;
  rows: number;
}

export interface Step {
  undone: number;
  logLoss: number;
  brier: number;
  meanScore: number;
}

export const column = (table: Table, name: string) =>
  ((table.columns[name] ?? []) as (number | null)[]).map((value) => value ?? NaN);

/** Every share of the shift with its measures. */
export function steps(path: Table): Step[] {
  const [undone, logLoss, brier, meanScore] = ['undone', 'log_loss', 'brier', 'mean_score'].map((name) =>
    column(path, name),
  );
  return undone!.map((share, i) => ({
    undone: share,
    logLoss: logLoss![i]!,
    brier: brier![i]!,
    meanScore: meanScore![i]!,
  }));
}

/** Index of the step whose share is nearest. */
export function nearestStep(all: Step[], undone: number): number {
  let best = 0;
  all.forEach((step, i) => {
    if (Math.abs(step.undone - undone) < Math.abs(all[best]!.undone - undone)) best = i;
  });
  return best;
}

/** The groups of rows at one share of the shift. */
export function groups(reliability: Table, undone: number): Group[] {
  const share = column(reliability, 'undone');
  const [mean, observed, low, high, nullLow, nullHigh, rows] = [
    'mean_score',
    'observed',
    'low',
    'high',
    'null_low',
    'null_high',
    'rows',
  ].map((name) => column(reliability, name));
  const out: Group[] = [];
  share.forEach((at, i) => {
    if (Math.abs(at - undone) > 1e-9) return;
    out.push({
      mean: mean![i]!,
      observed: observed![i]!,
      low: low![i]!,
      high: high![i]!,
      nullLow: nullLow![i]!,
      nullHigh: nullHigh![i]!,
      rows: rows![i]!,
    });
  });
  return out;
}

/** How many groups lie outside the band in which calibrated scores lie 95 times in 100. */
export const outside = (all: Group[]) =>
  all.filter((one) => one.observed < one.nullLow || one.observed > one.nullHigh).length;

/** The live sentence. */
export function told(step: Step, all: Group[], prevalence: number, shift: number): string {
  const moved = step.undone * shift;
  const start = Math.abs(moved) < 1e-9 ? 'As trained' : `With ${number(moved)} on every log-odds`;
  const out = outside(all);
  const where =
    out === 0
      ? 'every group lies in the band of calibrated scores'
      : `${out} of ${all.length} groups lie${out === 1 ? 's' : ''} outside the band of calibrated scores`;
  return (
    `${start}, the mean score is ${percent(step.meanScore)} where ${percent(prevalence)} are positive; ` +
    `${where}; log loss ${number(step.logLoss)}${NBSP}nats a row.`
  );
}

export interface Measure {
  name: string;
  meanScore: number;
  ece: number;
  eceLow: number;
  eceHigh: number;
  brier: number;
  miscalibration: number;
  discrimination: number;
  uncertainty: number;
  logLoss: number;
}

export function measures(table: Table): Measure[] {
  const names = (table.columns.name ?? []) as string[];
  const read = (name: string) => column(table, name);
  const [mean, ece, low, high, brier, mis, dis, unc, loss] = [
    'mean_score',
    'ece',
    'ece_null_low',
    'ece_null_high',
    'brier',
    'miscalibration',
    'discrimination',
    'uncertainty',
    'log_loss',
  ].map(read);
  return names.map((name, i) => ({
    name,
    meanScore: mean![i]!,
    ece: ece![i]!,
    eceLow: low![i]!,
    eceHigh: high![i]!,
    brier: brier![i]!,
    miscalibration: mis![i]!,
    discrimination: dis![i]!,
    uncertainty: unc![i]!,
    // A score that was certain and wrong has an infinite loss, which JSON cannot say.
    logLoss: Number.isNaN(loss![i]!) ? Infinity : loss![i]!,
  }));
}

/** Simulated values, each standing for as many, in bins. */
export function histogram(values: number[], label: string, alt: string, bins = 18): Distribution {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = Math.max(high - low, 1e-12) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / width))]! += 1;
  return {
    kind: 'distribution',
    alt,
    x: { label, unit: '', scale: 'linear' },
    edges: Array.from({ length: bins + 1 }, (_, i) => low + i * width),
    counts,
    observed: null,
    observed_label: '',
  };
}
