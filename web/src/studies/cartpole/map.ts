// The plane of linear policies that is mapped, and the learners' places in it. A linear policy decides by a sign, so
// that only the ratio of its weights counts: all are divided by the weight of the lean.
import type { Table } from '../../kit/types';

/** Weights by row from the lowest: `mean` steps of an episode, and `kind` of motion (0: none that lasts). */
export interface Grid {
  across: number[];
  up: number[];
  mean: number[];
  kind: number[];
  /** the steps that an episode can have */
  most: number;
}
export interface Point {
  key: string;
  name: string;
  across: number;
  up: number;
  /** whether its other weights are those of the plane */
  inPlane: boolean;
}

const numbers = (table: Table | undefined, name: string) => (table?.columns[name] ?? []) as number[];

export function grid(table: Table | undefined, most: number): Grid {
  const [across, up] = [numbers(table, 'across'), numbers(table, 'up')];
  return {
    across: [...new Set(across)],
    up: [...new Set(up)],
    mean: numbers(table, 'mean'),
    kind: numbers(table, 'kind'),
    most,
  };
}

function closest(values: number[], to: number): number {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - to) < Math.abs(values[best]! - to)) best = i;
  });
  return best;
}
/** The place in the lists of the policy next to these weights. */
export const nearest = ({ across, up }: Grid, x: number, y: number) =>
  closest(up, y) * across.length + closest(across, x);

export const VELOCITY = 1;
const LEAN = 2;
/** Which weight the upward axis is, by the name of the plane. */
export const UP: Record<string, { index: number; name: string; label: string }> = {
  constant: { index: 4, name: 'constant', label: 'constant, rad' },
  position: { index: 0, name: 'position', label: 'weight of position, rad/m' },
  spin: { index: 3, name: 'spin', label: 'weight of spin, s' },
};

/** All five weights of a policy in the plane. */
export function weights(base: readonly number[], plane: string, across: number, up: number): number[] {
  const out = [...base];
  out[VELOCITY] = across;
  out[UP[plane]?.index ?? 4] = up;
  return out;
}

/** Where a linear policy lies; null where it does not push towards the lean, and so has no place. */
export function place(
  given: readonly number[],
  base: readonly number[],
  plane: string,
): { across: number; up: number; inPlane: boolean } | null {
  const lean = given[LEAN]!;
  if (!(lean > 0)) return null;
  const index = UP[plane]?.index ?? 4;
  const scaled = given.map((one) => one / lean);
  const inPlane = scaled.every((one, i) => i === VELOCITY || i === index || Math.abs(one - base[i]!) < 1e-9);
  return { across: scaled[VELOCITY]!, up: scaled[index]!, inPlane };
}

/** The way of a search through the plane, seen from the side where it is not in it. */
export function path(table: Table | undefined, base: readonly number[], plane: string): [number, number][] {
  const columns = ['position', 'velocity', 'lean', 'spin', 'constant'].map((name) => numbers(table, name));
  return (columns[0] ?? []).flatMap((_, i): [number, number][] => {
    const found = place(
      columns.map((column) => column[i]!),
      base,
      plane,
    );
    return found ? [[found.across, found.up]] : [];
  });
}
