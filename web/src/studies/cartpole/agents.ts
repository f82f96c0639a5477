// The packaged agents: where each was trained, and what its motion is called.
import type { Table } from '../../kit/types';
import { radians, type Limits } from '../cartpole';

export const KINDS = [
  'still',
  'uniform velocity',
  'constant acceleration',
  'limit cycle',
  'runaway',
  'unsettled',
  'fell',
] as const;
/** What each means, in a few words. */
export const MEANING = [
  'upright and in place',
  'upright in a frame that moves',
  'leaning, in a frame that accelerates',
  'swings, and comes back',
  'accelerates more and more',
  'changes otherwise',
  'does not last',
] as const;
export const LEARNERS: Record<string, string> = {
  cem: 'cross-entropy method',
  reinforce: 'REINFORCE',
  ppo: 'PPO',
};
export const SEES: Record<number, string> = { 4: 'all four', 3: 'all but position', 2: 'lean and spin' };

export interface Agent {
  number: number;
  learner: string;
  sees: number;
  endless: boolean;
  /** degrees */
  leanLeft: number;
  leanRight: number;
  parent: number;
  kind: number;
  survival: number;
  velocity: number;
  acceleration: number;
  /** degrees */
  lean: number;
  /** seconds to a wall 2.4 m away, in its own motion: as run, and as its velocity and acceleration alone say */
  wall: number;
  predicted: number;
  text: string;
}

export function agents(table: Table | undefined): Agent[] {
  const of = (name: string) => table?.columns[name] ?? [];
  const number = (name: string, i: number) => Number(of(name)[i] ?? NaN);
  return of('agent').map((agent, i) => ({
    number: Number(agent),
    learner: String(of('learner')[i]),
    sees: number('sees', i),
    endless: Boolean(of('endless')[i]),
    leanLeft: number('lean_left', i),
    leanRight: number('lean_right', i),
    parent: number('parent', i),
    kind: number('kind', i),
    survival: number('survival', i),
    velocity: number('velocity', i),
    acceleration: number('acceleration', i),
    lean: number('lean', i),
    wall: number('wall', i),
    predicted: number('predicted', i),
    text: String(of('policy')[i]),
  }));
}

/** The limits that it was trained under, for so many steps. */
export function limitsOfAgent(one: Agent, steps: number): Limits {
  const far = one.endless ? Infinity : 2.4;
  return { left: -far, right: far, leanLeft: radians(one.leanLeft), leanRight: radians(one.leanRight), steps };
}

/** Its policy with the numbers that it had: they travel in the fewest digits that tell single precision apart. */
export const exact = (text: string): string =>
  JSON.stringify(JSON.parse(text), (name, value: unknown) =>
    typeof value === 'number' && name !== 'hidden' ? Math.fround(value) : value,
  );

export interface Sheet {
  rows: { key: string; group: string; words: string }[];
  columns: { key: string; words: string }[];
  /** by row, then by column; in each the agents by their class */
  cells: Agent[][][];
}

const sorted = (given: Agent[]) => [...given].sort((a, b) => a.kind - b.kind || a.number - b.number);
const degrees = (value: number) => `${Math.abs(value)}°`;
const between = (one: Agent) =>
  one.leanLeft === -one.leanRight
    ? `±${degrees(one.leanRight)}`
    : `−${degrees(one.leanLeft)} to ${degrees(one.leanRight)}`;

/** Classes against limits: the track and the senses downward, the lean that was allowed across. */
export function byLimits(all: Agent[]): Sheet {
  const own = all.filter((one) => one.parent < 0);
  const columns = [...new Set(own.map(between))].sort((a, b) => width(own, a) - width(own, b));
  const rows = [false, true].flatMap((endless) =>
    [4, 3, 2].map((sees) => ({
      key: `${endless} ${sees}`,
      group: endless ? 'Track without end' : 'Track of ±2.4 m',
      words: SEES[sees] ?? '',
    })),
  );
  return {
    rows,
    columns: columns.map((key) => ({ key, words: key })),
    cells: rows.map(({ key }) =>
      columns.map((column) =>
        sorted(own.filter((one) => `${one.endless} ${one.sees}` === key && between(one) === column)),
      ),
    ),
  };
}
const width = (all: Agent[], column: string) => {
  const one = all.find((each) => between(each) === column)!;
  return one.leanRight - one.leanLeft;
};

/** The curriculum: the same agents trained on while the limit on the right shrinks. */
export function byCurriculum(all: Agent[]): Sheet {
  const later = all.filter((one) => one.parent >= 0);
  const first = all.filter(
    (one) => one.parent < 0 && one.endless && one.learner === 'cem' && one.leanLeft !== -one.leanRight,
  );
  const stages = [...new Set([...first, ...later].map((one) => one.leanRight))].sort((a, b) => b - a);
  const rows = [4, 3, 2].map((sees) => ({ key: String(sees), group: '', words: SEES[sees] ?? '' }));
  return {
    rows,
    columns: stages.map((right) => ({ key: String(right), words: degrees(right) })),
    cells: rows.map(({ key }) =>
      stages.map((right) =>
        sorted([...first, ...later].filter((one) => String(one.sees) === key && one.leanRight === right)),
      ),
    ),
  };
}
