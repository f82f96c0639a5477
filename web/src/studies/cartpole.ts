// The cart and its pole, its limits and its policies; held by tests/cartpole.test.ts against science/control over
// thousands of steps. The browser runs one cart at a time: the reader's, or that of a policy that was picked.
import type { Params } from '../kit/host';
import { sineCosine } from './cartpole/sine';

export interface Cart {
  gravity: number;
  massCart: number;
  massPole: number;
  halfLength: number;
  force: number;
  frictionCart: number;
  frictionPole: number;
  tau: number;
  semiImplicit: boolean;
}
/** Where an episode ends: metres, radians, steps. */
export interface Limits {
  left: number;
  right: number;
  leanLeft: number;
  leanRight: number;
  steps: number;
}
/** Position (m), velocity (m/s), lean (rad, positive to the right), spin (rad/s). */
export type State = readonly [x: number, velocity: number, lean: number, spin: number];
export type End = 'steps' | 'left' | 'right' | 'fell left' | 'fell right';
/** What pushes: 1 to the right with all force, -1 to the left, 0 not. */
export type Policy = (state: State) => number;

export const CART: Cart = {
  gravity: 9.8,
  massCart: 1,
  massPole: 0.1,
  halfLength: 0.5,
  force: 10,
  frictionCart: 0,
  frictionPole: 0,
  tau: 0.02,
  semiImplicit: false,
};
export const DEGREE = (2 * Math.PI) / 360;
/** In the order in which Python rounds it. */
export const radians = (degrees: number) => (degrees * 2 * Math.PI) / 360;

export function cartOf(params: Params): Cart {
  return {
    ...CART,
    massCart: Number(params['mass_cart']),
    massPole: Number(params['mass_pole']),
    force: Number(params['force']),
    frictionCart: Number(params['friction_cart']),
    frictionPole: Number(params['friction_pole']),
  };
}

export function limitsOf(params: Params): Limits {
  const far = params['unlimited'] ? Infinity : Number(params['track']);
  return {
    left: -far,
    right: far,
    leanLeft: -radians(Number(params['lean_left'])),
    leanRight: radians(Number(params['lean_right'])),
    steps: Number(params['steps']),
  };
}

/** The accelerations of the cart (m/s²) and of the lean (rad/s²) under a push of -1 to 1 times the force. */
export function accelerations(cart: Cart, [, velocity, lean, spin]: State, push: number): [number, number] {
  const { gravity, massPole, halfLength, frictionCart, frictionPole } = cart;
  const mass = massPole + cart.massCart;
  const moment = massPole * halfLength;
  const [sin, cos] = sineCosine(lean);
  const force = push * cart.force;
  const round = moment * (spin * spin);
  if (!frictionCart && !frictionPole) {
    const shared = (force + round * sin) / mass;
    const turn = (gravity * sin - cos * shared) / (halfLength * (4 / 3 - (massPole * (cos * cos)) / mass));
    return [shared - (moment * turn * cos) / mass, turn];
  }
  const joint = (frictionPole * spin) / moment;
  const under = (drag: number) => {
    const turn =
      (gravity * sin + cos * (drag * gravity - (force + round * (sin + drag * cos)) / mass) - joint) /
      (halfLength * (4 / 3 - ((massPole * cos) / mass) * (cos - drag * sin)));
    return { turn, press: mass * gravity - moment * (turn * sin + spin * spin * cos) };
  };
  // The track rubs against the velocity; a cart that the pole lifts hangs in its rail and is rubbed from the other side.
  let drag = frictionCart * Math.sign(velocity);
  let { turn, press } = under(drag);
  if (press < 0) {
    drag = -drag;
    ({ turn, press } = under(drag));
  }
  return [(force + moment * (spin * spin * sin - turn * cos) - press * drag) / mass, turn];
}

export function step(cart: Cart, state: State, push: number): State {
  const [x, velocity, lean, spin] = state;
  const [a, turning] = accelerations(cart, state, push);
  const { tau } = cart;
  const [faster, quicker] = [velocity + tau * a, spin + tau * turning];
  return cart.semiImplicit
    ? [x + tau * faster, faster, lean + tau * quicker, quicker]
    : [x + tau * velocity, faster, lean + tau * spin, quicker];
}

/** Why the episode is over after so many steps, or null. */
export function ended(limits: Limits, [x, , lean]: State, steps: number): End | null {
  if (x < limits.left) return 'left';
  if (x > limits.right) return 'right';
  if (lean < limits.leanLeft) return 'fell left';
  if (lean > limits.leanRight) return 'fell right';
  return steps >= limits.steps ? 'steps' : null;
}

/** Pushes right where w·s + b > 0; the fifth weight is b. */
export const linear =
  (w: readonly number[]): Policy =>
  ([x, velocity, lean, spin]) =>
    w[0]! * x + w[1]! * velocity + w[2]! * lean + w[3]! * spin + w[4]! > 0 ? 1 : -1;

/** A net 4 → hidden → 2: its weights row by row and its biases in one list, as science/control's `neural` has them. */
export interface Net {
  hidden: number;
  activation: 'relu' | 'tanh';
  parameters: readonly number[];
}

/** Pushes right where the second output is the larger. */
export function neural({ hidden, activation, parameters: p }: Net): Policy {
  const act = activation === 'relu' ? (z: number) => Math.max(0, z) : Math.tanh;
  return (state) => {
    let [left, right] = [p[7 * hidden]!, p[7 * hidden + 1]!];
    for (let j = 0; j < hidden; j += 1) {
      let z = p[4 * hidden + j]!;
      for (let i = 0; i < 4; i += 1) z += state[i]! * p[i * hidden + j]!;
      const h = act(z);
      left += h * p[5 * hidden + 2 * j]!;
      right += h * p[5 * hidden + 2 * j + 1]!;
    }
    return right > left ? 1 : -1;
  };
}

/** Pushes right in a cell whose value is above 0; the cells are cut at the ascending edges of each coordinate. */
export const table =
  (edges: readonly (readonly number[])[], right: string): Policy =>
  (state) => {
    let cell = 0;
    edges.forEach((cuts, i) => {
      cell = cell * (cuts.length + 1) + cuts.filter((cut) => cut <= state[i]!).length;
    });
    return right[cell] === '1' ? 1 : -1;
  };

/** The states of an episode, one more than pushes, and why it ended (null: it has not). */
export interface Course {
  states: State[];
  pushes: number[];
  end: End | null;
}

export function course(cart: Cart, limits: Limits, policy: Policy, start: State): Course {
  const states = [start];
  const pushes: number[] = [];
  let [state, end] = [start, null as End | null];
  while (end === null) {
    const push = policy(state);
    state = step(cart, state, push);
    pushes.push(push);
    states.push(state);
    end = ended(limits, state, pushes.length);
  }
  return { states, pushes, end };
}

/** Lean that a constant acceleration holds, and the acceleration that a constant lean needs. */
export const leanAt = (cart: Cart, a: number) => Math.atan2(a, cart.gravity);
/** The largest acceleration that lasts, m/s²: all force, always, less what the track rubs off. */
export const ceiling = (cart: Cart) =>
  Math.max(0, cart.force / (cart.massCart + cart.massPole) - cart.frictionCart * cart.gravity);

/** What a motion keeps over its second half: mean lean and velocity, and the slope of the velocities' line. */
export interface Kept {
  lean: number;
  velocity: number;
  acceleration: number;
}
const LEAST = 20; // steps

/** As science/control's `invariants` has them; null of a motion that is too short. */
export function kept({ states }: Pick<Course, 'states'>, tau: number): Kept | null {
  const from = Math.floor((states.length - 1) / 2);
  const count = states.length - from;
  if (count <= LEAST) return null;
  let [lean, velocity, slope, square] = [0, 0, 0, 0];
  for (let i = from; i < states.length; i += 1) {
    const t = (i - from - (count - 1) / 2) * tau;
    lean += states[i]![2];
    velocity += states[i]![1];
    slope += t * states[i]![1];
    square += t * t;
  }
  return { lean: lean / count, velocity: velocity / count, acceleration: slope / square };
}
