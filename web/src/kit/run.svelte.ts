import { asked, sentence, stopped, type Answer, type DataChoice, type Host, type Params } from './host';
import type { Study } from './types';

const QUICK = 120;
const SLOW = 450;

export interface Stage {
  stage: string;
  done: number;
  total: number | null;
}

/**
 * The answers to one study's questions. The last question wins; the picture before stays until its answer is there; what
 * takes long arrives as a stream that can be cancelled.
 */
export class Run {
  answer = $state.raw<Answer | null>(null);
  /** What the answer answers. */
  of = $state.raw<Params>({});
  /** What of the reader's data it was computed from. */
  from = $state.raw<DataChoice | undefined>(undefined);
  told = $state('');
  busy = $state.raw<Stage | null>(null);
  cancelled = $state(false);
  /** Whether the answer is not whole yet. */
  partial = $state(false);
  private stop: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wanted = '';

  constructor(
    private readonly study: Study,
    private readonly host: Host,
  ) {}

  get slow(): boolean {
    return this.host.kind !== 'file' && !(parseFloat(this.study.seconds) <= 1);
  }

  /** Ask; `now` leaves out the wait for the reader's hand to rest. */
  ask(values: Params, data?: DataChoice, now = false): void {
    const params = asked(this.study, values);
    const key = JSON.stringify([params, data]);
    if (key === this.wanted && !now) return;
    this.wanted = key;
    clearTimeout(this.timer);
    const wait = now || this.answer === null || this.host.kind === 'file' ? 0 : this.slow ? SLOW : QUICK;
    if (wait === 0) void this.fetch(params, data);
    else this.timer = setTimeout(() => void this.fetch(params, data), wait);
  }

  /** Take what is shown as the answer to these values, so that nothing is asked until they move. */
  hold(values: Params, data?: DataChoice): void {
    this.wanted = JSON.stringify([asked(this.study, values), data]);
  }

  /** The stored result of the defaults, as a first frame. */
  async first(): Promise<boolean> {
    if (this.host.kind !== 'lab') return false;
    try {
      const found = await this.host.get(this.study.name, {}, { stored: true });
      if (this.answer) return false;
      this.answer = { ...found, stored: true };
      this.of = asked(this.study, found.params);
      return true;
    } catch {
      return false;
    }
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.stop?.abort();
    this.stop = null;
    this.busy = null;
    this.cancelled = true;
  }

  close(): void {
    clearTimeout(this.timer);
    this.stop?.abort();
  }

  private async fetch(params: Params, data?: DataChoice): Promise<void> {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    this.cancelled = false;
    const slow = this.slow || this.atFull(params);
    // A short wait is not worth a word.
    const late = setTimeout(() => {
      if (this.stop === stop && !this.busy) this.busy = { stage: 'Computing', done: 0, total: null };
    }, 350);
    try {
      if (slow) {
        for await (const event of this.host.stream(this.study.name, params, { signal: stop.signal, data })) {
          if (this.stop !== stop) return;
          if (event.kind === 'progress') this.busy = { stage: event.stage, done: event.done, total: event.total };
          if (event.kind === 'error') throw new Error(event.message);
          if (event.kind === 'result') this.take(event.outcome, params, data, event.partial);
        }
      } else {
        const found = await this.host.get(this.study.name, params, { signal: stop.signal, data });
        if (this.stop === stop) this.take(found, params, data);
      }
    } catch (error) {
      if (this.stop === stop && !stopped(error)) this.told = sentence(error);
    } finally {
      clearTimeout(late);
      if (this.stop === stop) {
        this.stop = null;
        this.busy = null;
      }
    }
  }

  private atFull(params: Params): boolean {
    const full = Object.entries(this.study.full);
    return this.host.kind !== 'file' && full.length > 0 && full.every(([name, value]) => params[name] === value);
  }

  private take(answer: Answer, params: Params, data?: DataChoice, partial = false): void {
    this.answer = answer;
    this.partial = partial;
    this.of = params;
    this.from = data;
    this.told = '';
  }
}
