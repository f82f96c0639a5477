import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  cartOf,
  ceiling,
  course,
  kept,
  leanAt,
  limitsOf,
  step,
  type Cart,
  type Kept,
  type Limits,
  type State,
} from '../src/studies/cartpole';
import { exact } from '../src/studies/cartpole/agents';
import { Drive } from '../src/studies/cartpole/driving.svelte';
import { dropped, MOST_HIDDEN, Unfit } from '../src/studies/cartpole/dropped';
import { policyOf } from '../src/studies/cartpole/learners';
import { grid, nearest, place, weights } from '../src/studies/cartpole/map';

interface Fixture {
  steps: { cart: Cart; ceiling: number; states: State[]; pushes: number[]; next: State[] }[];
  policies: { text: string; states: State[]; pushes: number[] }[];
  courses: {
    name: string;
    params: Record<string, number | boolean>;
    text: string;
    start: State;
    length: number;
    end: string;
    every: number;
    states: State[];
    right: number;
    kept: Kept | null;
  }[];
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/cartpole.json', import.meta.url), 'utf-8')) as Fixture;
const near = (found: readonly number[], wanted: readonly number[], tolerance: number) =>
  found.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted[i]!)));
  });

describe('one step', () => {
  test.each(fixture.steps)('of $cart is Python’s', ({ cart, states, pushes, next, ...more }) => {
    states.forEach((state, i) => near(step(cart, state, pushes[i]!), next[i]!, 1e-13));
    expect(ceiling(cart)).toBeCloseTo(more.ceiling, 12);
  });
});

describe('a policy', () => {
  test.each(fixture.policies)('pushes as Python’s: $text', ({ text, states, pushes }) => {
    const { policy } = policyOf(text);
    expect(states.map(policy)).toEqual(pushes);
  });
});

test('an agent’s numbers are those of single precision', () => {
  expect(exact('{"weights":[0.1,-2,1e-07]}')).toBe(`{"weights":[${Math.fround(0.1)},-2,${Math.fround(1e-7)}]}`);
  expect(JSON.parse(exact('{"hidden":5,"parameters":[0.2]}'))).toEqual({ hidden: 5, parameters: [Math.fround(0.2)] });
});

describe('a course', () => {
  test.each(fixture.courses)('of $name goes where Python’s goes, to its last bit', (one) => {
    const cart = cartOf(one.params);
    const limits: Limits = limitsOf(one.params);
    const found = course(cart, limits, policyOf(one.text).policy, one.start);
    expect(found.pushes).toHaveLength(one.length);
    expect(found.end).toBe(one.end);
    expect(found.pushes.filter((push) => push > 0)).toHaveLength(one.right);
    one.states.forEach((state, i) => near(found.states[i * one.every]!, state, 0));
    const now = kept(found, cart.tau);
    expect(now === null).toBe(one.kept === null);
    if (now && one.kept) {
      near(Object.values(now), [one.kept.lean, one.kept.velocity, one.kept.acceleration], 1e-9);
    }
  });
  test('obeys the equivalence principle where it leans', () => {
    const leaning = fixture.courses.find((one) => one.name === 'leaning')!;
    const cart = cartOf(leaning.params);
    const found = kept(course(cart, limitsOf(leaning.params), policyOf(leaning.text).policy, leaning.start), cart.tau)!;
    expect(found.lean).toBeGreaterThan(0.2);
    expect(Math.abs(leanAt(cart, found.acceleration) / found.lean - 1)).toBeLessThan(0.01);
  });
});

describe('a dropped policy', () => {
  const net = {
    activation: 'tanh',
    first: [[1], [2], [3], [4]],
    first_bias: [0],
    second: [[-1, 1]],
    second_bias: [0, 0],
  };
  const told = (given: unknown) => {
    try {
      dropped('a.json', typeof given === 'string' ? given : JSON.stringify(given));
    } catch (error) {
      expect(error).toBeInstanceOf(Unfit);
      const { message } = error as Unfit;
      expect(message).toMatch(/^[A-Za-z].*\.$/);
      return message;
    }
    return '';
  };
  test('is taken as a list, as weights, as a net, and as a flat net', () => {
    for (const given of [[0, 0, 1, 0.3, 0], { weights: [0, 0, 1, 0.3, 0] }, net]) {
      const { policy } = dropped('a.json', JSON.stringify(given));
      expect([policy([0, 0, 0.1, 0]), policy([0, 0, -0.1, 0])]).toEqual([1, -1]);
    }
    const flat = { hidden: 1, activation: 'tanh', parameters: [1, 2, 3, 4, 0, -1, 1, 0, 0] };
    const states: State[] = [
      [0.3, -0.2, 0.1, 0],
      [0.1, 0.2, -0.3, 0.1],
    ];
    const [one, other] = [net, flat].map((each) => dropped('a.json', JSON.stringify(each)).policy);
    expect(states.map(one!)).toEqual(states.map(other!));
  });
  test.each([
    ['no JSON', '{"weights": [1, 2'],
    ['a number', '3'],
    ['null', 'null'],
    ['text', '"weights"'],
    ['nothing in it', '{}'],
    ['four weights', [1, 2, 3, 4]],
    ['words as weights', { weights: ['1', 2, 3, 4, 5] }],
    ['a number beyond floats', '{"weights": [1e999, 0, 0, 0, 0]}'],
    ['a huge number', [1e9, 0, 0, 0, 0]],
    ['zeros', [0, 0, 0, 0, 0]],
    ['nested weights', { weights: [[1], 2, 3, 4, 5] }],
    ['a list beside its length', { weights: { length: 5, 0: 1 } }],
    ['another activation', { ...net, activation: 'constructor' }],
    ['no hidden unit', { ...net, first_bias: [] }],
    ['too many hidden units', { ...net, first_bias: Array.from({ length: MOST_HIDDEN + 1 }, () => 0) }],
    ['three rows', { ...net, first: [[1], [2], [3]] }],
    ['a short row', { ...net, second: [[1]] }],
    ['no rows', { ...net, second: 'left' }],
    ['a flat net of another length', { hidden: 2, parameters: [1, 2, 3] }],
    ['half a hidden unit', { hidden: 0.5, parameters: [1, 2, 3] }],
    ['hidden units without end', { hidden: 1e9, parameters: [] }],
  ])('with %s is refused in a sentence', (_, given) => {
    expect(told(given)).not.toBe('');
  });
});

describe('the map', () => {
  const table = {
    columns: {
      across: [0, 1, 2, 0, 1, 2],
      up: [-1, -1, -1, 1, 1, 1],
      mean: [1, 2, 3, 4, 5, 6],
      kind: [0, 0, 0, 0, 0, 0],
    },
    note: '',
  };
  test('knows the policy next to any weights', () => {
    const found = grid(table, 6);
    expect(found.across).toEqual([0, 1, 2]);
    expect(found.mean[nearest(found, 0.9, 5)]).toBe(5);
    expect(found.mean[nearest(found, -3, -0.1)]).toBe(1);
  });
  test('divides a policy by the weight of its lean', () => {
    const base = [0, 0, 1, 0.3, 0];
    expect(place([0, 0.4, 2, 0.6, -0.2], base, 'constant')).toEqual({ across: 0.2, up: -0.1, inPlane: true });
    expect(place([0.1, 0.4, 2, 0.6, -0.2], base, 'constant')).toEqual({ across: 0.2, up: -0.1, inPlane: false });
    expect(place([0, 1, -1, 0, 0], base, 'constant')).toBeNull();
    expect(weights(base, 'spin', 0.1, 0.5)).toEqual([0, 0.1, 1, 0.5, 0]);
    expect(weights(base, 'position', 0.1, 0.5)).toEqual([0.5, 0.1, 1, 0.3, 0]);
  });
});

describe('time', () => {
  const cart = cartOf(fixture.courses[0]!.params);
  const limits = limitsOf(fixture.courses[0]!.params);
  const start: State = [0, 0, 0.03, 0];
  const waiting = new Map<number, (now: number) => void>();
  let [clock, last] = [0, 0];
  beforeEach(() => {
    waiting.clear();
    vi.stubGlobal('requestAnimationFrame', (work: (now: number) => void) => waiting.set((last += 1), work) && last);
    vi.stubGlobal('cancelAnimationFrame', (id: number) => waiting.delete(id));
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  function pass(milliseconds: number) {
    for (let until = clock + milliseconds; clock < until;) {
      clock += 20;
      const due = [...waiting.values()];
      waiting.clear();
      for (const work of due) work(clock);
    }
  }
  test('runs a hand’s cart by its pushes, as slowly as is wanted, and ends with its end', () => {
    const drive = new Drive();
    drive.take({ cart, limits, policy: null, start }, true);
    pass(200);
    expect([drive.running, drive.at, waiting.size]).toEqual([false, 0, 0]);
    drive.push = 1;
    drive.go();
    pass(200);
    expect(drive.at).toBeGreaterThanOrEqual(2);
    expect(drive.at).toBeLessThanOrEqual(3);
    let wanted = start;
    for (let i = 0; i < drive.at; i += 1) wanted = step(cart, wanted, 1);
    expect(drive.state).toEqual(wanted);
    drive.pace = 4;
    pass(4000);
    expect([drive.end, drive.running, waiting.size]).toEqual(['fell left', false, 0]);
    expect(drive.best).toBe(drive.at);
    drive.go();
    expect([drive.at, drive.running]).toEqual([0, true]);
  });
  test('of a view that is left ends', () => {
    const drive = new Drive();
    const { text } = fixture.courses[0]!;
    drive.take({ cart, limits, policy: policyOf(text).policy, start }, true);
    pass(400);
    expect(drive.at).toBeGreaterThan(10);
    drive.stop();
    const { at } = drive;
    expect(waiting.size).toBe(0);
    pass(400);
    expect(drive.at).toBe(at);
    drive.finish();
    expect([drive.at, drive.end]).toEqual([limits.steps, 'steps']);
    expect(drive.once()).toBe(false);
  });
  test('that was hidden goes on where it was', () => {
    const drive = new Drive();
    drive.take({ cart, limits, policy: policyOf(fixture.courses[0]!.text).policy, start }, true);
    clock += 60_000;
    pass(20);
    expect(drive.at).toBeLessThanOrEqual(6);
  });
});
