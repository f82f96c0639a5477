// A policy of the reader's own, from a JSON file: five weights, or a net of four inputs, hidden units and two outputs.
// The file is a stranger's: every number is looked at, and what is wrong with it is said in one sentence.
import { linear, neural, type Net, type Policy } from '../cartpole';

export const MOST_BYTES = 1_000_000;
export const MOST_HIDDEN = 256;
const LARGEST = 1e6;

export interface Dropped {
  name: string;
  /** of a linear one: position, velocity, lean, spin, constant */
  weights: number[] | null;
  policy: Policy;
}
export class Unfit extends Error {}

function numbers(value: unknown, what: string, length: number): number[] {
  if (!Array.isArray(value)) throw new Unfit(`${what} is missing or no list; expected ${length} numbers.`);
  if (value.length !== length) throw new Unfit(`${what} has ${value.length} entries; expected ${length} numbers.`);
  value.forEach((each: unknown, i) => {
    if (typeof each !== 'number' || !Number.isFinite(each) || Math.abs(each) > LARGEST) {
      throw new Unfit(`Entry ${i + 1} of ${what} is no number between −10⁶ and 10⁶.`);
    }
  });
  return value as number[];
}

function rows(value: unknown, what: string, count: number, length: number): number[][] {
  if (!Array.isArray(value)) throw new Unfit(`${what} is missing or no list; expected ${count} rows.`);
  if (value.length !== count) throw new Unfit(`${what} has ${value.length} rows; expected ${count}.`);
  return value.map((row: unknown, i) => numbers(row, `row ${i + 1} of ${what}`, length));
}

function net(given: Record<string, unknown>): Net {
  const activation = given['activation'] ?? 'relu';
  if (activation !== 'relu' && activation !== 'tanh') throw new Unfit('activation is neither "relu" nor "tanh".');
  if (Object.hasOwn(given, 'parameters')) {
    const hidden = given['hidden'];
    if (typeof hidden !== 'number' || !Number.isInteger(hidden) || hidden < 1 || hidden > MOST_HIDDEN) {
      throw new Unfit(`hidden is no whole number from 1 to ${MOST_HIDDEN}.`);
    }
    return { hidden, activation, parameters: numbers(given['parameters'], 'parameters', 7 * hidden + 2) };
  }
  const hidden = Array.isArray(given['first_bias']) ? given['first_bias'].length : 0;
  if (hidden < 1 || hidden > MOST_HIDDEN) {
    throw new Unfit(`first_bias is no list of 1 to ${MOST_HIDDEN} numbers, one for each hidden unit.`);
  }
  const parameters = [
    ...rows(given['first'], 'first', 4, hidden).flat(),
    ...numbers(given['first_bias'], 'first_bias', hidden),
    ...rows(given['second'], 'second', hidden, 2).flat(),
    ...numbers(given['second_bias'], 'second_bias', 2),
  ];
  return { hidden, activation, parameters };
}

/** The policy of such a text; an `Unfit` says what is wrong with it. */
export function dropped(name: string, text: string): Dropped {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Unfit('It is not JSON.');
  }
  if (Array.isArray(given)) given = { weights: given };
  if (typeof given !== 'object' || given === null) {
    throw new Unfit('It holds neither a list of five weights nor a net with first, first_bias, second, second_bias.');
  }
  const fields = given as Record<string, unknown>;
  if (Object.hasOwn(fields, 'weights')) {
    const weights = numbers(fields['weights'], 'weights', 5);
    if (weights.every((one) => one === 0)) throw new Unfit('All five weights are 0; such a policy only pushes left.');
    return { name, weights, policy: linear(weights) };
  }
  return { name, weights: null, policy: neural(net(fields)) };
}

/** The policy of a file; it is not read where it is too large. */
export async function read(file: File): Promise<Dropped> {
  const name = file.name.length > 40 ? `${file.name.slice(0, 39)}…` : file.name;
  if (file.size > MOST_BYTES) throw new Unfit('It is larger than a megabyte, which no such policy is.');
  return dropped(name, await file.text());
}
