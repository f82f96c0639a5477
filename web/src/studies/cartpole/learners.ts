// The learners' policies as Python hands them over, each a line of JSON.
import { linear, neural, table, type Net, type Policy } from '../cartpole';
import type { Table } from '../../kit/types';

export interface Learner {
  key: string;
  name: string;
  /** steps of an episode, the mean over many starts, with its interval */
  mean: number;
  low: number;
  high: number;
  note: string;
  policy: Policy;
  /** of a linear one */
  weights: number[] | null;
  /** the JSON that a reader can keep, and drop again where it is linear or a net */
  text: string;
}

interface Written {
  weights?: number[];
  edges?: number[][];
  right?: string;
}

/** The policy that is written so. */
export function policyOf(text: string): { policy: Policy; weights: number[] | null } {
  const given = JSON.parse(text) as Written & Net;
  if (given.weights) return { policy: linear(given.weights), weights: given.weights };
  if (given.edges) return { policy: table(given.edges, given.right ?? ''), weights: null };
  return { policy: neural(given), weights: null };
}

export function learners(given: Table | undefined): Learner[] {
  const of = (name: string) => given?.columns[name] ?? [];
  return of('key').map((key, i) => {
    const text = String(of('policy')[i]);
    return {
      key: String(key),
      name: String(of('name')[i]),
      mean: Number(of('mean')[i]),
      low: Number(of('low')[i]),
      high: Number(of('high')[i]),
      note: String(of('note')[i]),
      text,
      ...policyOf(text),
    };
  });
}
