// A cart that runs: by the reader's hand as time passes, or along the course of a policy, which is known at once.
import { course, ended, step, type Cart, type Course, type Limits, type Policy, type State } from '../cartpole';

export interface Setup {
  cart: Cart;
  limits: Limits;
  /** null: the reader pushes */
  policy: Policy | null;
  start: State;
}

const LAST = 0.5; // seconds over which the shown acceleration is a mean

export class Drive {
  /** what is running; its arrays grow under the reader's hand, which `at` tells */
  course = $state.raw<Course>({ states: [[0, 0, 0, 0]], pushes: [], end: null });
  /** steps done of those shown */
  at = $state(0);
  running = $state(false);
  /** times real time, as the reader wants it; else a hand is given time, and a policy runs as it would */
  pace = $state<number | null>(null);
  /** the reader's push: -1, 0 or 1 */
  push = $state(0);
  /** the longest that the reader kept it up, in steps, since the cart or its limits were changed */
  best = $state(0);
  setup = $state.raw<Setup | null>(null);
  #frame = 0;
  #before = 0;
  #due = 0;

  /** A new cart, or another policy: from its start, and on its way unless the reader wants it still. */
  take(setup: Setup, go: boolean) {
    const before = this.setup;
    if (before && JSON.stringify([before.cart, before.limits]) !== JSON.stringify([setup.cart, setup.limits])) {
      this.best = 0;
    }
    this.stop();
    this.setup = setup;
    const { cart, limits, policy, start } = setup;
    this.course = policy ? course(cart, limits, policy, start) : { states: [start], pushes: [], end: null };
    this.at = 0;
    if (policy && go) this.go();
    else if (policy) this.at = this.course.pushes.length;
  }

  restart() {
    if (this.setup) this.take(this.setup, false);
    this.at = 0;
  }

  get speed(): number {
    return this.pace ?? (this.setup?.policy ? 1 : 0.25);
  }
  get state(): State {
    return this.course.states[this.at] ?? this.course.states[0]!;
  }
  /** Why it is over, where what is shown is the end. */
  get end() {
    return this.at === this.course.pushes.length ? this.course.end : null;
  }
  /** What pushes at the step that is shown. */
  get pushing(): number {
    if (!this.setup?.policy) return this.end ? 0 : this.push;
    return this.end ? 0 : (this.course.pushes[this.at] ?? 0);
  }
  get seconds(): number {
    return this.at * (this.setup?.cart.tau ?? 0);
  }
  /** The mean acceleration of the last half second, or of what there is of it. */
  get acceleration(): number {
    const tau = this.setup?.cart.tau ?? 1;
    const from = Math.max(0, this.at - Math.round(LAST / tau));
    if (from === this.at) return 0;
    return (this.course.states[this.at]![1] - this.course.states[from]![1]) / ((this.at - from) * tau);
  }

  /** One step of time; whether there was one. */
  once(): boolean {
    const setup = this.setup;
    if (!setup || this.end) return false;
    if (!setup.policy) {
      const { states, pushes } = this.course;
      const next = step(setup.cart, states[this.at]!, this.push);
      states.push(next);
      pushes.push(this.push);
      this.course.end = ended(setup.limits, next, pushes.length);
      this.best = Math.max(this.best, pushes.length);
    }
    this.at += 1;
    return true;
  }

  /** To the end at once, where a policy drives. */
  finish() {
    if (!this.setup?.policy) return;
    this.stop();
    this.at = this.course.pushes.length;
  }

  go() {
    if (this.running || !this.setup) return;
    if (this.end) this.restart();
    this.running = true;
    this.#before = performance.now();
    this.#due = 0;
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
  }

  stop() {
    this.running = false;
    cancelAnimationFrame(this.#frame);
  }

  #tick(now: number) {
    if (!this.running || !this.setup) return;
    // A page that was hidden goes on where it was.
    this.#due += (Math.min(100, now - this.#before) / 1000) * (this.speed / this.setup.cart.tau);
    this.#before = now;
    for (; this.#due >= 1; this.#due -= 1) {
      if (!this.once()) {
        this.stop();
        return;
      }
    }
    if (this.end) this.stop();
    else this.#frame = requestAnimationFrame((next) => this.#tick(next));
  }
}
