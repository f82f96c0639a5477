// What the tables of the study of embeddings hold, by word and layer (held against Python's by tests/embeddings.test.ts).
import type { Cell, Outcome, Table } from '../kit/types';

export const LAYERS = 7;
export const YOURS = 'yours';

export interface Word {
  name: string;
  text: string;
  senses: [string, string];
  /** Cosines of the word's one static vector with those of the senses' names; NaN where there is none. */
  static: [number, number];
}
/** A sentence of a word; sense 2 is the one that the reader typed. */
export interface Sentence {
  place: number;
  sense: number;
  before: string;
  word: string;
  after: string;
}
export interface Spread {
  mean: number;
  low: number;
  middle: number;
  high: number;
}
export interface Pair {
  i: number;
  j: number;
  cosine: number;
}
export interface Averages {
  within: number;
  between: number;
}
export interface Reading {
  layer: number;
  one: number;
  other: number;
}
export interface Place {
  place: number;
  x: number;
  y: number;
}
/** A representation of a table's texts, under the same classifier as the others. */
export interface Rated {
  name: string;
  accuracy: number;
  low: number;
  high: number;
  milliseconds: number;
  megabytes: number;
  logLoss: number;
}
export interface Verdict {
  data: string;
  rows: number;
  majority: number;
  recommended: string;
  sentence: string;
  when: string;
  rated: Rated[];
}

const real = (cell: Cell | undefined): number => (typeof cell === 'number' ? cell : NaN);

/** The rows of a table as records. */
export function records(table: Table | undefined): Record<string, Cell>[] {
  if (!table) return [];
  const names = Object.keys(table.columns);
  return (table.columns[names[0]!] ?? []).map((_, row) =>
    Object.fromEntries(names.map((name) => [name, table.columns[name]![row] ?? null])),
  );
}

export const words = (outcome: Outcome): Word[] =>
  records(outcome.tables['words']).map((row) => ({
    name: String(row['word']),
    text: String(row['text']),
    senses: [String(row['one']), String(row['other'])],
    static: [real(row['static_one']), real(row['static_other'])],
  }));

export const sentences = (outcome: Outcome, word: string): Sentence[] =>
  records(outcome.tables['sentences'])
    .filter((row) => row['word'] === word)
    .map((row) => {
      // Python counts characters, and a browser the halves of those beyond the first 65,536.
      const letters = [...String(row['text'])];
      const [start, end] = [real(row['start']), real(row['end'])];
      return {
        place: real(row['place']),
        sense: real(row['sense']),
        before: letters.slice(0, start).join(''),
        word: letters.slice(start, end).join(''),
        after: letters.slice(end).join(''),
      };
    });

/** The cosine of every two sentences of a word at a layer. */
export function pairs(outcome: Outcome, word: string, layer: number, centred: boolean): Pair[] {
  const table = outcome.tables['cosines'];
  const column = table?.columns[`${centred ? 'c' : 'l'}${layer}`] ?? [];
  return (table?.columns['word'] ?? []).flatMap((one, row) =>
    one === word
      ? [{ i: real(table!.columns['i']![row]), j: real(table!.columns['j']![row]), cosine: real(column[row]) }]
      : [],
  );
}

/** Pairs of one sense and of two, those with the sentence typed left out. */
export function split(all: Pair[], senses: number[]): { same: Pair[]; other: Pair[]; typed: Pair[] } {
  const typed = all.filter(({ i, j }) => senses[i] === 2 || senses[j] === 2);
  const known = all.filter((pair) => !typed.includes(pair));
  return {
    same: known.filter(({ i, j }) => senses[i] === senses[j]),
    other: known.filter(({ i, j }) => senses[i] !== senses[j]),
    typed,
  };
}

/** Mean cosine within and between the senses of a word, layer by layer. */
export const averages = (outcome: Outcome, word: string, centred: boolean): Averages[] =>
  records(outcome.tables['layers'])
    .filter((row) => row['word'] === word && row['centred'] === centred)
    .map((row) => ({ within: real(row['within']), between: real(row['between']) }));

/** Random pairs of different words, layer by layer; with `layer` -1, of static vectors. */
export function chance(outcome: Outcome, centred: boolean, layer: number): Spread {
  const row = records(outcome.tables['chance']).find((one) => one['layer'] === layer && one['centred'] === centred);
  return {
    mean: real(row?.['mean']),
    low: real(row?.['low']),
    middle: real(row?.['middle']),
    high: real(row?.['high']),
  };
}

export const reading = (outcome: Outcome, word: string, centred: boolean): Reading[] =>
  records(outcome.tables['reading'])
    .filter((row) => row['word'] === word && row['centred'] === centred)
    .map((row) => ({ layer: real(row['layer']), one: real(row['one']), other: real(row['other']) }));

/** Which sense the typed sentence is nearer to at a layer; null where the word is not in it. */
export function verdict(all: Reading[], layer: number): 0 | 1 | null {
  const row = all.find((one) => one.layer === layer);
  return row ? (row.one > row.other ? 0 : 1) : null;
}

export const places = (outcome: Outcome, word: string, method: string, layer: number): Place[] =>
  records(outcome.tables['maps'])
    .filter((row) => row['word'] === word && row['method'] === method)
    .map((row) => ({ place: real(row['place']), x: real(row[`x${layer}`]), y: real(row[`y${layer}`]) }));

/** How many of the nearest sentences are the nearest on the map, and what principal components explain. */
export function kept(
  outcome: Outcome,
  word: string,
  method: string,
  layer: number,
): { explained: number; kept: number } {
  const row = records(outcome.tables['shares']).find(
    (one) => one['word'] === word && one['method'] === method && one['layer'] === layer,
  );
  return { explained: real(row?.['explained']), kept: real(row?.['kept']) };
}

export const verdicts = (outcome: Outcome): Verdict[] =>
  records(outcome.tables['verdicts']).map((row) => ({
    data: String(row['data']),
    rows: real(row['rows']),
    majority: real(row['majority']),
    recommended: String(row['recommended']),
    sentence: String(row['sentence']),
    when: String(row['when'] ?? ''),
    rated: records(outcome.tables['choice'])
      .filter((one) => one['data'] === row['data'])
      .map((one) => ({
        name: String(one['name']),
        accuracy: real(one['accuracy']),
        low: real(one['low']),
        high: real(one['high']),
        milliseconds: real(one['milliseconds']),
        megabytes: real(one['megabytes']),
        logLoss: real(one['log_loss']),
      })),
  }));
