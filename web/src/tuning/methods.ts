// How a tuning method is called and coloured, wherever it is drawn.

/** Colour and dashes by method, the same in the study and in a report; others take what is left in turn. */
const LOOKS: Record<string, [colour: string, dashes: string]> = {
  grid: ['var(--fourth)', ''],
  random: ['var(--third)', ''],
  surrogate: ['var(--ours)', ''],
  gp: ['var(--ours)', ''],
  tpe: ['var(--ink)', ''],
  quasi: ['var(--rest)', '6 3'],
  cmaes: ['var(--unclear)', '2 3'],
};
const SPARE: [string, string][] = [
  ['var(--ours)', '6 3'],
  ['var(--ink)', '6 3'],
  ['var(--third)', '6 3'],
  ['var(--fourth)', '6 3'],
  ['var(--rest)', ''],
];

export interface Look {
  colour: string;
  dashes: string;
}

export function look(method: string, methods: string[]): Look {
  const known = LOOKS[method];
  const others = methods.filter((one) => !(one in LOOKS));
  const [colour, dashes] = known ?? SPARE[Math.max(0, others.indexOf(method)) % SPARE.length]!;
  return { colour, dashes };
}

/** How far a method was at each place, over its runs. */
export interface Course {
  method: string;
  name: string;
  look: Look;
  x: number[];
  middle: number[];
  lower: number[];
  upper: number[];
}

/** A comparison of two methods, positive where the first is better. */
export interface Pair {
  label: string;
  difference: number;
  low: number;
  high: number;
  outcome: 'win' | 'tie' | 'loss';
  note: string;
}
export const OUTCOMES = { win: 'better', tie: 'not shown', loss: 'worse' } as const;
