// The atlas of `cutaway compare`, looked up: topics, who agrees with whom, converters, and the one network's layers.
import type { Cell, Table } from '../kit/types';

export type Row = Record<string, Cell>;

/** A table's rows as records. */
export function records(table: Table | undefined): Row[] {
  const columns = Object.entries(table?.columns ?? {});
  const n = columns[0]?.[1].length ?? 0;
  return Array.from({ length: n }, (_, i) => Object.fromEntries(columns.map(([name, values]) => [name, values[i]!])));
}

/** How strongly a difference lights: 0 up to a millionth, 1 from a whole on, by its order of size. */
export function glow(difference: number): number {
  return Math.min(1, Math.max(0, (Math.log10(Math.max(difference, 1e-12)) + 6) / 6));
}

/** A power of ten for a difference, as in 2·10⁻⁷. */
export function power(value: number): string {
  if (value === 0) return '0';
  const [digits, exponent] = value.toExponential(0).split('e');
  const raised = String(Number(exponent)).replace(/./g, (sign) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)] ?? '⁻');
  return Number(exponent) >= 0 && Number(exponent) < 3 ? String(Number(value.toPrecision(1))) : `${digits}·10${raised}`;
}

export interface Layers {
  layers: string[];
  frameworks: string[];
  /** By framework: a difference a layer; frameworks that were not run with this default left are absent. */
  at: Map<string, number[]>;
}

/** The differences with one convention left as each framework has it. */
export function network(table: Table | undefined, left: string): Layers {
  const rows = records(table);
  const layers = [...new Set(rows.map((row) => String(row.layer)))];
  const frameworks = [...new Set(rows.map((row) => String(row.framework)))];
  const at = new Map<string, number[]>();
  for (const row of rows) {
    if (row.left !== left) continue;
    const name = String(row.framework);
    at.set(name, [...(at.get(name) ?? []), Number(row.difference)]);
  }
  return { layers, frameworks, at };
}

/** The frameworks that part when the default is left. */
export const parted = (found: Layers, agree = 1e-5) =>
  [...found.at].filter(([, values]) => values.some((value) => value > agree)).map(([name]) => name);

/** By topic and framework: the letters of its groups, in the order of the calls. */
export function groups(rows: Row[]): Map<string, Map<string, string[]>> {
  const out = new Map<string, Map<string, string[]>>();
  for (const row of rows) {
    if (!row.group) continue;
    const topic = out.get(String(row.topic)) ?? new Map<string, string[]>();
    const letters = topic.get(String(row.framework)) ?? [];
    if (!letters.includes(String(row.group))) letters.push(String(row.group));
    topic.set(String(row.framework), letters);
    out.set(String(row.topic), topic);
  }
  return out;
}

/** Names of the topics in which every word occurs: in their words, calls, formulas and converters. */
export function search(topics: Row[], rows: Row[], converters: Row[], words: string): string[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const text = new Map<string, string>();
  for (const one of topics) {
    const name = String(one.name);
    text.set(name, [one.name, one.title, one.question, one.answer].join(' '));
  }
  for (const row of [...rows, ...converters]) {
    const name = String(row.topic);
    text.set(name, [text.get(name), row.framework, row.call, row.formula, row.code, row.reason].join(' '));
  }
  return topics
    .map((one) => String(one.name))
    .filter((name) => wanted.every((word) => text.get(name)!.toLowerCase().includes(word)));
}

/** What a converter claims and what its proof showed, in a few words. */
export function verdict(one: Row): string {
  if (one.exactness === 'impossible') return 'impossible';
  const claim = one.exactness === 'exact' ? 'exact' : `near, within ${power(Number(one.claimed))}`;
  if (one.holds === null) return `${claim}; not proved in this run`;
  if (!one.holds) return `${claim}; it did not hold`;
  return `${claim}; proved, difference ${power(Number(one.error))}`;
}

/** As a sentence begins, without the marks of code. */
export const sentence = (text: unknown): string => {
  const plain = String(text).replaceAll('`', '');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};
