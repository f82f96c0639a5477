// Which error hurts more: everything that two costs ask of the cuts that a classifier can reach, by looking up in the
// tables that Python made; held by tests/precision-recall.test.ts against Python's answers.
import { cheapest, lookup, wilson, type Costs, type Lookup } from '../kit/explorer/explorer';
import type { Outcome, Table } from '../kit/types';

export const FOLDS = 5;

export interface Folded extends Lookup {
  /** what each cut flags of each fold */
  folds: { tp: Float64Array; fp: Float64Array }[];
}

export function folded(outcome: Pick<Outcome, 'tables' | 'numbers'>): Folded {
  const { positives, negatives, scale } = outcome.numbers;
  const table = outcome.tables.cuts!;
  const whole = lookup(table, positives ?? 0, negatives ?? 0, scale ?? 1);
  const column = (name: string) => Float64Array.from(table.columns[name] as number[]);
  const folds = Array.from({ length: FOLDS }, (_, i) => ({ tp: column(`tp_${i}`), fp: column(`fp_${i}`) }));
  return { ...whole, folds };
}

export interface Case {
  name: string;
  positive: string;
  false_alarm: string;
  miss: string;
  fp: number;
  fn: number;
  unit: string;
  source: string;
  assumed: boolean;
  per_row: boolean;
  first: string;
}

export function cases(table: Table): Case[] {
  const { columns } = table;
  return (columns.name ?? []).map(
    (_, i) => Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[i]])) as unknown as Case,
  );
}

export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** The expected cost of a row with its interval: the score intervals of both errors' shares, combined as squares. */
export function costEstimate(table: Lookup, alarms: number, misses: number, costs: Costs): Estimate {
  const total = table.positives + table.negatives;
  const n = total * table.scale;
  const end = (share: number) => {
    const [low, high] = wilson(share * n, n);
    return [share - low, high - share] as const;
  };
  const [a, m] = [alarms / total, misses / total];
  const [ends, others] = [end(a), end(m)];
  const value = costs.fp * a + costs.fn * m;
  return {
    value,
    low: value - Math.hypot(costs.fp * ends[0], costs.fn * others[0]),
    high: value + Math.hypot(costs.fp * ends[1], costs.fn * others[1]),
  };
}

/** What cuts chosen on the other folds cost on each fold, and which cuts those were. */
export function judged(table: Folded, costs: Costs): Estimate & { picks: number[] } {
  let [alarms, misses] = [0, 0];
  const picks = table.folds.map((fold) => {
    const rest: Lookup = {
      ...table,
      tp: table.tp.map((tp, i) => Math.max(tp - fold.tp[i]!, 0)),
      fp: table.fp.map((fp, i) => Math.max(fp - fold.fp[i]!, 0)),
      positives: table.positives - fold.tp[0]!,
      negatives: table.negatives - fold.fp[0]!,
    };
    const pick = cheapest(rest, costs);
    alarms += fold.fp[pick]!;
    misses += fold.tp[0]! - fold.tp[pick]!;
    return pick;
  });
  return { ...costEstimate(table, alarms, misses, costs), picks };
}

/** Index of the cut of best F1. */
export function bestF1(table: Lookup): number {
  let best = 0;
  let most = -1;
  for (let i = 0; i < table.threshold.length; i += 1) {
    const value = (2 * table.tp[i]!) / (table.tp[i]! + table.fp[i]! + table.positives);
    if (value > most) [best, most] = [i, value];
  }
  return best;
}

export interface Rule {
  name: string;
  index: number;
  misses: number;
  alarms: number;
}

/** What rules cost per 1,000 rows, by error. */
export function rules(table: Lookup, costs: Costs, named: [name: string, index: number][]): Rule[] {
  const each = 1000 / (table.positives + table.negatives);
  return named.map(([name, index]) => ({
    name,
    index,
    misses: each * costs.fn * (table.positives - table.tp[index]!),
    alarms: each * costs.fp * table.fp[index]!,
  }));
}

/** Which of recall and precision to look at first; the costs decide, not the base rate. */
export function first({ fp, fn }: Costs): 'recall' | 'precision' | 'neither' {
  return fn > fp ? 'recall' : fn < fp ? 'precision' : 'neither';
}
