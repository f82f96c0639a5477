import type { Figure, Lines, Table } from '../kit/types';

/** An audit as Python writes it (schema 1): what the report shows of it. Words and orders are Python's. */
export interface Audit {
  heading: string;
  verdict: string;
  facts: string[];
  tally: { count: number; of: string }[];
  table: { name: string; rows: number; columns: number };
  target: { name: string; classes: string[]; counts: number[]; positive: string | null };
  findings: Finding[];
  effects: Effect[];
  forest: { first: Scale; rest: Scale } | null;
  coefficients: Coefficient[];
  sentences: Saying[];
  scores: Scores | null;
  threshold: { value: number | null; cost_fp: number | null; cost_fn: number | null; costs_given: boolean } | null;
  explorer: Explorer | null;
  columns: { name: string; part: string; findings: string[] }[];
  making: Making;
  checks: Record<string, Check>;
  network?: Network; // in place of a table, a model of the reader's own
  images?: { rows: [name: string, part: string, images: string][] }; // or a folder of images, by class
}

export interface Network {
  framework: string;
  batch: string;
  rows: [name: string, kind: string, parameters: string][];
}

export interface Finding {
  code: string;
  name: string;
  label: string;
  title: string;
  status: 'issue' | 'tip' | 'passed' | 'not applicable' | 'crashed';
  severity: 'high' | 'medium' | 'low' | 'none';
  rank: number | null;
  columns: string[];
  remedy: string;
  remedy_code: Record<string, string>;
  detail: string;
  reason: string;
  figure: Figure | null;
  numbers: [string, string][];
}

export interface Effect {
  class: string | null;
  label: string;
  note: string;
  odds_ratio: number | null;
  low: number | null;
  high: number | null;
  clear: boolean;
  first: boolean;
  text: { odds_ratio: string; interval: string; points: string };
}

/** A stretch of odds ratios, drawn by their logarithm. */
export interface Scale {
  low: number;
  high: number;
  ticks: { at: number; text: string }[];
}

export interface Coefficient {
  feature: string;
  level: string | null;
  class: string | null;
  log_odds: number | null;
  se: number | null;
  odds_ratio: number | null;
  ci_low: number | null;
  ci_high: number | null;
  ame: number | null;
  p_value: number | null;
  log_odds_per_sd: number | null;
}

export interface Saying {
  feature: string;
  level: string | null;
  may_say: string;
  do_not_say: string;
  why_not: string;
}

export interface Measure {
  name: string;
  value: string;
  interval: string;
  of: string;
  share: [number | null, number | null, number | null] | null;
}

export interface Scores {
  heading: string;
  lines: Measure[];
  remarks: string[];
  reliability: Lines | null;
}

export interface Explorer {
  cuts: Table;
  scores: Table;
  reliability: Table;
  positives: number;
  negatives: number;
  scale: number;
}

export interface Making {
  facts: [string, string][];
  set_aside: { columns: string[]; reason: string }[];
  treatments: string[];
  notes: string[];
  classes: { name: string; rows: string; share: string }[];
  foot: string;
}

export interface Check {
  name: string;
  sections: Record<string, string>;
  settings: Record<string, number | boolean | string>;
}

/** Findings of one status, those to act on first in front. */
export function ranked(audit: Audit, status: Finding['status']): Finding[] {
  return audit.findings
    .filter((one) => one.status === status)
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0));
}

/** A text whose numbers stay with their unit and their power of ten when a line ends. */
export function whole(text: string): string {
  return text.replace(/(\d) (?=%)/g, '$1\u00a0').replace(/(\d) × (?=10)/g, '$1\u00a0×\u00a0');
}

/** A text that ends as a sentence does. */
export function sentence(text: string): string {
  const trimmed = whole(text.trim());
  return !trimmed || /[.!?…]$|\.”$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** A title without the full stop that it has as a sentence. */
export function titled(text: string): string {
  return whole(text.replace(/\.$/, ''));
}

/** A name on two lines at most: cut in its middle, since both ends of a long name tell it from its neighbours. */
export function shortened(name: string, length = 56): string {
  const letters = [...name];
  if (letters.length <= length) return name;
  const tail = Math.floor((length - 1) / 2);
  return `${letters.slice(0, length - 1 - tail).join('')}…${letters.slice(-tail).join('')}`;
}

/** Where an odds ratio stands on a scale, in percent of its width; the ends for what lies beyond. */
export function place(scale: Scale, ratio: number | null, absent: number): number {
  if (ratio === null) return absent;
  if (ratio <= 0) return 0;
  const share = Math.log(ratio / scale.low) / Math.log(scale.high / scale.low);
  return 100 * Math.min(1, Math.max(0, share));
}

/** Runs of equal class, in the order given. */
export function byClass(effects: Effect[]): { name: string | null; effects: Effect[] }[] {
  const out: { name: string | null; effects: Effect[] }[] = [];
  for (const effect of effects) {
    const last = out[out.length - 1];
    if (last && last.name === effect.class) last.effects.push(effect);
    else out.push({ name: effect.class, effects: [effect] });
  }
  return out;
}
