// A contest of tuning methods as Python writes it for a page (report/contests/page.py), and where its values stand.
import { number } from '../kit/numerals';
import type { Cell } from '../kit/types';
import { look, type Course, type Pair } from './methods';

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  level: number;
}
export interface Standing {
  method: string;
  selected: Estimate;
  outer: Estimate | null;
  corrected: Estimate | null;
  optimism: Estimate | null;
  regret: Estimate | null;
  seconds: number | null;
  chosen: Record<string, Cell>[];
}
export interface Search {
  method: string;
  repeat: number;
  fold: number;
  seed: number;
  values: (number | null)[];
  /** c complete, f failed, t timeout, p pruned, m memory: a letter a trial */
  states: string;
  took: (number | null)[];
  params: Record<string, Cell[]>;
  messages: Record<string, string>;
}
export interface Curve {
  method: string;
  by: 'trials' | 'seconds';
  quantity: 'regret' | 'best';
  x: (number | null)[];
  middle: (number | null)[];
  lower: (number | null)[];
  upper: (number | null)[];
}
export interface Verdict {
  a: string;
  b: string;
  outcome: Pair['outcome'];
  difference: number | null;
  low: number | null;
  high: number | null;
  p_corrected: number | null;
  measure: string;
}
export interface Range {
  name: string;
  kind: 'float' | 'int' | 'choice';
  low: number | null;
  high: number | null;
  log: boolean;
  choices: Cell[];
}
export interface Contest {
  heading: string;
  facts: string[];
  verdict: string;
  metric: string;
  direction: 'maximize' | 'minimize';
  methods: string[];
  searches: Search[];
  standings: Standing[];
  verdicts: Verdict[];
  curves: Curve[];
  importances: {
    parameter: string;
    share: number | null;
    low: number | null;
    high: number | null;
    alone: number | null;
  }[];
  space: Range[];
  believed?: {
    parameters: [string, string];
    side: number;
    /** place (i, j) of the first and second parameter at i · side + j */
    mean: number[];
    sd: number[];
    gain: number[];
    trials: number;
    cut: number;
    fixed: Record<string, Cell>;
    best: Record<string, Cell>;
  } | null;
  truth: number | null;
  words: {
    methods: Record<string, string>;
    columns: string[];
    rows: string[][];
    verdicts: string[];
    notes: string[];
    foot: string;
  };
}

export const shown = (value: Cell): string => (typeof value === 'number' ? number(value) : String(value));
const known = (value: number | null): number => value ?? NaN;
export const named = (contest: Contest, method: string): string => contest.words.methods[method] ?? method;

/** Curves of one kind; none where no method has one. */
export function courses(contest: Contest, by: Curve['by'], quantity: Curve['quantity']): Course[] {
  return contest.curves
    .filter((one) => one.by === by && one.quantity === quantity && one.middle.some((value) => value !== null))
    .map((one) => ({
      method: one.method,
      name: named(contest, one.method),
      look: look(one.method, contest.methods),
      x: one.x.map(known),
      middle: one.middle.map(known),
      lower: one.lower.map(known),
      upper: one.upper.map(known),
    }));
}

export function pairs(contest: Contest, pValue: (p: number | null) => string): Pair[] {
  return contest.verdicts.map((one) => ({
    label: `${named(contest, one.a)} against ${named(contest, one.b)}`,
    difference: known(one.difference),
    low: known(one.low),
    high: known(one.high),
    outcome: one.outcome,
    note: one.p_corrected === null ? '' : `p ${pValue(one.p_corrected)}`,
  }));
}

/** The ranges of all parameters: those that the space names, or of what was tried. */
export function ranges(contest: Contest): Range[] {
  if (contest.space.length) return contest.space;
  const names = Object.keys(contest.searches[0]?.params ?? {});
  return names.map((name) => {
    const tried = contest.searches.flatMap((one) => one.params[name] ?? []).filter((one) => one !== null);
    const numbers = tried.filter((one): one is number => typeof one === 'number');
    const all = numbers.length === tried.length && numbers.length > 0;
    return {
      name,
      kind: all ? 'float' : 'choice',
      low: all ? Math.min(...numbers) : null,
      high: all ? Math.max(...numbers) : null,
      log: false,
      choices: all ? [] : [...new Set(tried)],
    };
  });
}

/** Where a value stands from 0 to 1 in its range; null where the trial has no such parameter. */
export function share(range: Range, value: Cell | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (range.kind === 'choice' || typeof value !== 'number') {
    const at = range.choices.indexOf(value);
    return at < 0 ? null : range.choices.length < 2 ? 0.5 : at / (range.choices.length - 1);
  }
  const [low, high] = [range.low ?? 0, range.high ?? 1];
  if (!(high > low)) return 0.5;
  const at = range.log && low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, at));
}

/** The value at such a share of the range. */
export function back(range: Range, at: number): Cell {
  if (range.kind === 'choice') return range.choices[Math.round(at * (range.choices.length - 1))] ?? null;
  const [low, high] = [range.low ?? 0, range.high ?? 1];
  return range.log && low > 0 ? low * (high / low) ** at : low + at * (high - low);
}

/** Which of the first `at` trials is best; -1 of none with a value. */
export function best(search: Search, at: number, direction: Contest['direction']): number {
  const sign = direction === 'maximize' ? 1 : -1;
  let found = -1;
  for (let i = 0; i < Math.min(at, search.values.length); i++) {
    const value = search.values[i];
    if (value === null || value === undefined || search.states[i] !== 'c') continue;
    if (found < 0 || sign * value > sign * search.values[found]!) found = i;
  }
  return found;
}

/** Values of complete trials, cut at their lower or upper quartile's own far side, so that the top is told apart. */
export function span(contest: Contest): { low: number; high: number } {
  const values = contest.searches
    .flatMap((one) => one.values.filter((_, i) => one.states[i] === 'c'))
    .filter((one): one is number => one !== null)
    .sort((a, b) => a - b);
  if (!values.length) return { low: 0, high: 1 };
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))]!;
  const [low, high] = contest.direction === 'maximize' ? [at(0.1), values.at(-1)!] : [values[0]!, at(0.9)];
  return high > low ? { low, high } : { low: low - 0.5, high: high + 0.5 };
}

const STATES: Record<string, string> = { f: 'failed', t: 'took too long', m: 'out of memory', p: 'pruned' };
/** What did not complete, by method, state and message, the most frequent first. */
export function lost(contest: Contest): { method: string; state: string; message: string; count: number }[] {
  const found = new Map<string, { method: string; state: string; message: string; count: number }>();
  for (const one of contest.searches)
    [...one.states].forEach((state, i) => {
      if (!(state in STATES)) return;
      const message = one.messages[String(i)] ?? '';
      const key = JSON.stringify([one.method, state, message]);
      const held = found.get(key);
      if (held) held.count += 1;
      else found.set(key, { method: named(contest, one.method), state: STATES[state]!, message, count: 1 });
    });
  return [...found.values()].sort((a, b) => b.count - a.count);
}
