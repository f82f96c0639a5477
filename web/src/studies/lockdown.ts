// The four waves of an epidemic and what follows of them, for every draw of the posterior that Python has sent.

import { MINUS, number } from '../kit/numerals';
import type { Params } from '../kit/host';
import type { Cell, Outcome, Table } from '../kit/types';
import { prepared, reported, spreading, waves, type Draw, type Prepared, type Series } from './lockdown/kernel';

export const WAVES = ['infections', 'onsets', 'reports', 'deaths'] as const;
export type Wave = (typeof WAVES)[number];
export interface Band {
  low: number[];
  middle: number[];
  high: number[];
}
export interface Interval {
  low: number;
  middle: number;
  high: number;
}
export interface Placebo {
  day: number;
  /** by how many percent R falls, had it changed on this day */
  effect: number;
  low: number;
  high: number;
  /** of all dates that were asked, had all been as probable before */
  probability: number;
}
export interface Parted {
  word: string;
  known: number;
  counted: number;
  share: Interval;
  /** of cases: the share that was ill by then, and reported later */
  ill: number | null;
}
export interface Predicted {
  day: number;
  counted: number | null;
  low: number;
  low50: number;
  high50: number;
  high: number;
}

// Days are counted from 1 January 1970, as Date does.
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const date = (day: number) => new Date(day * 86_400_000);
export const dayOf = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;
export const words = (day: number): string => `${date(day).getUTCDate()} ${MONTHS[date(day).getUTCMonth()]}`;
export const shortDate = (day: number): string =>
  `${date(day).getUTCDate()} ${MONTHS[date(day).getUTCMonth()]!.slice(0, 3)}`;

/** The 1st and the 15th of each month, or with `every` 2 the 1st only. */
export function fortnights(first: number, n: number, every: 1 | 2): number[] {
  const wanted = every === 1 ? [1, 15] : [1];
  return Array.from({ length: n }, (_, i) => first + i).filter((day) => wanted.includes(date(day).getUTCDate()));
}

/** An axis of dates between two days of a series that begins on `first`. */
export const dates = (first: number, start: number, end: number, wide: boolean) => ({
  low: start,
  high: end,
  label: '',
  ticks: fortnights(first, end + 1, wide ? 1 : 2)
    .map((one) => one - first)
    .filter((one) => one >= start),
  format: (value: number) => shortDate(first + value),
});

/** With two digits that mean something, as Python's sentences have it. */
export const about = (value: number, digits = 2): string => number(Number(value.toPrecision(digits)), digits);

export const signed = (value: number): string => (value < 0 ? `${MINUS}${-value}` : `+${value}`);

/** The median and the ends of the 95 % interval, interpolated as NumPy does. */
export function quantiles(values: ArrayLike<number>, at: [number, number, number] = [0.025, 0.5, 0.975]): Interval {
  const sorted = Float64Array.from(values).sort();
  const [low, middle, high] = at.map((share) => {
    const place = share * (sorted.length - 1);
    const under = Math.floor(place);
    const one = sorted[under]!;
    return one + (place - under) * ((sorted[Math.min(under + 1, sorted.length - 1)] ?? one) - one);
  }) as [number, number, number];
  return { low, middle, high };
}

/** Quantiles of each day over the draws. */
export function band(series: ArrayLike<number>[]): Band {
  const n = series[0]?.length ?? 0;
  const out: Band = { low: [], middle: [], high: [] };
  const column = new Float64Array(series.length);
  for (let day = 0; day < n; day++) {
    for (let k = 0; k < series.length; k++) column[k] = series[k]![day]!;
    const found = quantiles(column);
    out.low.push(found.low);
    out.middle.push(found.middle);
    out.high.push(found.high);
  }
  return out;
}

export const peak = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};

export function running(values: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(values);
  for (let i = 1; i < out.length; i++) out[i]! += out[i - 1]!;
  return out;
}

/** A smooth histogram of draws, its highest place at 1. */
export function hill(draws: number[], low: number, high: number, count: number): { at: number; tall: number }[] {
  const mean = draws.reduce((sum, one) => sum + one, 0) / draws.length;
  const spread = Math.sqrt(draws.reduce((sum, one) => sum + (one - mean) ** 2, 0) / draws.length) || 1e-6;
  const width = Math.max(1.06 * spread * draws.length ** -0.2, (high - low) / count);
  const out = Array.from({ length: count + 1 }, (_, i) => {
    const at = low + ((high - low) * i) / count;
    return { at, tall: draws.reduce((sum, one) => sum + Math.exp(-0.5 * ((at - one) / width) ** 2), 0) };
  });
  const most = Math.max(...out.map((one) => one.tall));
  return out.map((one) => ({ at: one.at, tall: one.tall / most }));
}

/** The outline of a band: along its upper edge, back along the lower. */
export function area(of: Band, x: (i: number) => number, y: (value: number) => number): string {
  const points = [
    ...of.high.map((value, i) => [x(i), y(value)] as const),
    ...of.low.map((value, i) => [x(i), y(value)] as const).reverse(),
  ];
  return points.length ? `M${points.map(([a, b]) => `${a.toFixed(2)},${b.toFixed(2)}`).join('L')}Z` : '';
}

/** Places as near to those wanted as a least distance between any two allows. */
export function apart(wanted: number[], least: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const out = wanted.slice();
  let before = top - least;
  for (const i of order) before = out[i] = Math.max(out[i]!, before + least);
  let after = bottom + least;
  for (const i of [...order].reverse()) after = out[i] = Math.min(out[i]!, after - least);
  return out;
}

/** A region's counts and the draws of its posterior. */
export interface Fit {
  /** the date of day 0 */
  first: number;
  days: number;
  /** the first day of the lockdown */
  day: number;
  /** the first day that is drawn */
  view: number;
  definition: number;
  draws: Draw[];
  ascertainment: number[];
  /** new counts by day, and all until each day's end */
  counts: { reports: (number | null)[]; deaths: (number | null)[] };
  totals: { reports: (number | null)[]; deaths: (number | null)[] };
}
export interface Setting {
  shift: number;
  later: number;
  measure: 'deaths' | 'reports';
  log: boolean;
  before: number;
  after: number;
  incubation: number;
  report: number;
  death: number;
}

const NAMES: (keyof Draw)[] = [
  'reproduction_before',
  'reproduction_after',
  'infections',
  'generation_mean',
  'generation_sd',
  'incubation_mean',
  'incubation_sd',
  'report_early',
  'report_late',
  'report_mid',
  'report_width',
  'death_mean',
  'death_sd',
  'fatality',
  'narrow',
  'ramp',
  'clearing',
];
const BEFORE = 28;

const column = (table: Table | undefined, name: string): Cell[] => table?.columns[name] ?? [];
const reals = (table: Table | undefined, name: string): number[] =>
  column(table, name).map((one) => (one === null ? NaN : Number(one)));
const counted = (table: Table | undefined, name: string): (number | null)[] =>
  column(table, name).map((one) => (one === null ? null : Number(one)));

export function fit(outcome: Outcome): Fit {
  const { draws: drawn, counts } = outcome.tables;
  const of = (name: string) => Number(outcome.numbers[name]);
  const free = new Map(NAMES.map((name) => [name, drawn?.columns[name]]));
  const n = Object.values(drawn?.columns ?? {})[0]?.length ?? 0;
  const draws = Array.from(
    { length: n },
    (_, i) =>
      Object.fromEntries(
        NAMES.map((name) => [name, Number(free.get(name)?.[i] ?? outcome.numbers[`fixed_${name}`])]),
      ) as unknown as Draw,
  );
  return {
    first: of('first_day'),
    days: of('days'),
    day: of('lockdown'),
    view: Math.max(0, of('lockdown') - BEFORE),
    definition: of('definition'),
    draws,
    ascertainment: reals(drawn, 'ascertainment'),
    counts: { reports: counted(counts, 'cases'), deaths: counted(counts, 'deaths') },
    totals: { reports: counted(counts, 'total_cases'), deaths: counted(counts, 'total_deaths') },
  };
}

export const FEW = 8;

/** With one draw in eight: enough to draw with while a slider moves. */
export const few = (of: Fit): Fit => ({ ...of, draws: of.draws.filter((_, i) => i % FEW === 0) });

export function setting(params: Params): Setting {
  const of = (name: string, low: number, high: number) => Math.min(high, Math.max(low, Number(params[name])));
  return {
    shift: Math.round(of('shift', -14, 14)),
    later: Math.round(of('later', 7, 49)),
    measure: params['measure'] === 'reports' ? 'reports' : 'deaths',
    log: params['log'] === true,
    before: of('before', 0.5, 2),
    after: of('after', 0.1, 4),
    incubation: of('incubation', 0.2, 4),
    report: of('report', 0.2, 4),
    death: of('death', 0.2, 4),
  };
}

/** Every draw with the delays that the reader has made of it, by factors of their lengths. */
export function delays(of: Fit, by: Pick<Setting, 'incubation' | 'report' | 'death'>): Prepared[] {
  return of.draws.map((one) =>
    prepared(
      {
        ...one,
        incubation_mean: one.incubation_mean * by.incubation,
        incubation_sd: one.incubation_sd * by.incubation,
        report_early: one.report_early * by.report,
        report_late: one.report_late * by.report,
        death_mean: one.death_mean * by.death,
        death_sd: one.death_sd * by.death,
      },
      of.days,
      of.definition,
    ),
  );
}

/** The same with both reproduction numbers multiplied. */
export const spread = (delayed: Prepared[], by: Pick<Setting, 'before' | 'after'>): Prepared[] =>
  by.before === 1 && by.after === 1
    ? delayed
    : delayed.map((one) =>
        spreading(one, one.draw.reproduction_before * by.before, one.draw.reproduction_after * by.after),
      );

/** The waves of every draw, with the lockdown so many days from its own. */
export const moved = (of: Fit, kernels: Prepared[], shift: number, until = -1): Series[] =>
  kernels.map((one) => waves(one, of.day + shift, of.day, until));

/** Quantiles by day from the first day drawn on, of each wave. */
export function bands(of: Fit, all: Series[]): Record<Wave, Band> {
  const each = (wave: Wave) => band(all.map((one) => one[wave].subarray(of.view)));
  return { infections: each('infections'), onsets: each('onsets'), reports: each('reports'), deaths: each('deaths') };
}

/** What was counted so many days after the lockdown, and which share of it was infected, and was ill, before it. */
export function parted(of: Fit, kernels: Prepared[], whole: Series[], cohort: Series[], later: number): Parted[] {
  const end = of.day + later;
  const sum = (values: Float64Array) => {
    let total = 0;
    for (let day = 0; day < end; day++) total += values[day]!;
    return total;
  };
  const before = (values: Float64Array) => {
    let total = 0;
    for (let day = 0; day < of.day; day++) total += values[day]!;
    return total;
  };
  const ill = quantiles(
    whole.map((one, k) => {
      const onsets = one.onsets.slice().fill(0, of.day);
      return (sum(reported(onsets, kernels[k]!)) - before(one.reports)) / sum(one.reports);
    }),
  );
  return (['reports', 'deaths'] as const).map((wave) => ({
    word: wave === 'reports' ? 'cases' : 'deaths',
    known: of.totals[wave][of.day - 1] ?? NaN,
    counted: of.totals[wave][end - 1] ?? NaN,
    share: quantiles(whole.map((one, k) => sum(cohort[k]![wave]) / sum(one[wave]))),
    ill: wave === 'reports' ? ill.middle : null,
  }));
}

/** All until each day's end, from the first day drawn on. */
export const totals = (of: Fit, all: Series[], wave: Wave): Band =>
  band(all.map((one) => running(one[wave]).subarray(of.view)));

/** How many were infected before the lockdown: of those that came to be reported. */
export const infected = (of: Fit, all: Series[]): Interval =>
  quantiles(all.map((one) => running(one.infections)[of.day - 1] ?? 0));

export function placebos(outcome: Outcome, of: Fit): Placebo[] {
  const table = outcome.tables['placebo'];
  const [effect, low, high, probability] = ['effect', 'low', 'high', 'probability'].map((name) => reals(table, name));
  return reals(table, 'shift').map((shift, i) => ({
    day: of.day + shift,
    effect: effect![i]!,
    low: low![i]!,
    high: high![i]!,
    probability: probability![i]!,
  }));
}

export function predicted(outcome: Outcome, measure: 'reports' | 'deaths'): Predicted[] {
  const table = outcome.tables['predicted'];
  const seen = counted(table, `${measure}_counted`);
  const [low, low50, high50, high] = ['low', 'low50', 'high50', 'high'].map((end) => reals(table, `${measure}_${end}`));
  return reals(table, 'day').map((day, i) => ({
    day,
    counted: seen[i] ?? null,
    low: low![i]!,
    low50: low50![i]!,
    high50: high50![i]!,
    high: high![i]!,
  }));
}

/** Of these days of lockdown the fan is made, against the true one. */
export const SHIFTS = [-14, -10, -7, -5, -3, 0, 3, 5, 7, 10, 14];

export const shiftWords = (shift: number): string =>
  shift === 0
    ? 'on its day'
    : `${Math.abs(shift)} ${Math.abs(shift) === 1 ? 'day' : 'days'} ${shift < 0 ? 'earlier' : 'later'}`;

/** Outbreaks of the same parameters: all counted until each of some days. */
export function chances(outcome: Outcome, measure: 'reports' | 'deaths') {
  const table = outcome.tables['chance'];
  const days = reals(table, 'day');
  const runs: number[][] = [];
  while (table?.columns[`${measure}_run${runs.length}`]) runs.push(reals(table, `${measure}_run${runs.length}`));
  const [low, middle, high] = ['low', 'middle', 'high'].map((end) => reals(table, `${measure}_${end}`));
  return { days, runs, band: { low: low!, middle: middle!, high: high! } };
}
