import type { Event, Outcome, Study, Value } from './types';

export type Params = Record<string, Value>;

/** Which of the reader's data a study shall use: an identifier from the lab, and what each column is. */
export interface DataChoice {
  id: string;
  y?: string;
  score?: string;
  /** The score is a log-odds, and becomes a probability. */
  log_odds?: boolean;
  columns?: string[];
  /** The column of texts. */
  text?: string;
  target?: string;
}

export interface Options {
  signal?: AbortSignal;
  data?: DataChoice;
  /** Ask for the stored result of the defaults, which is there at once. */
  stored?: boolean;
}

/** An outcome, and whether it was read from a store instead of computed. */
export type Answer = Outcome & { stored?: boolean; data?: About };

/** What was used of the reader's table. */
export interface About {
  name: string;
  rows: number;
  left_out: number;
  positive?: string;
}

export interface Host {
  kind: 'lab' | 'file' | 'notebook';
  get(name: string, params: Params, options?: Options): Promise<Answer>;
  stream(name: string, params: Params, options?: Options): AsyncIterable<Event>;
}

/** What a page without Python says when it is asked for something that was not computed beforehand. */
export class NeedsPython extends Error {
  constructor(name: string) {
    super(`This page holds stored results only. To compute this one: cutaway lab, then open the study ${name}.`);
    this.name = 'NeedsPython';
  }
}

/** An error as one sentence for the reader. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function stopped(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** The parameters that a result depends on; what the picture looks up by itself is left out. */
export function asked(study: Study, params: Params): Params {
  const out: Params = {};
  for (const one of study.parameters) if (one.where === 'python') out[one.name] = params[one.name] ?? one.default;
  return out;
}

/** The host of a page that stands alone: it answers from the outcomes embedded in it. */
export function file(study: Study, outcomes: Outcome[]): Host {
  const key = (params: Params) => JSON.stringify(asked(study, params));
  const known = new Map(outcomes.map((one) => [key(one.params), one]));
  async function get(name: string, params: Params): Promise<Answer> {
    const found = known.get(key(params));
    if (!found) throw new NeedsPython(name);
    return { ...found, stored: true };
  }
  return {
    kind: 'file',
    get,
    async *stream(name, params) {
      yield { kind: 'result', outcome: await get(name, params), partial: false };
    },
  };
}

/** The address of a study's result at the lab. */
export function query(params: Params, options: Options = {}): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) out.set(name, String(value));
  const { data } = options;
  if (data) {
    out.set('data', data.id);
    if (data.y !== undefined) out.set('y', data.y);
    if (data.score !== undefined) out.set('score', data.score);
    if (data.log_odds) out.set('log_odds', 'true');
    // Once for each: a name may hold a comma.
    for (const name of data.columns ?? []) out.append('columns', name);
    if (data.text !== undefined) out.set('text', data.text);
    if (data.target !== undefined) out.set('target', data.target);
  }
  if (options.stored) out.set('stored', '1');
  return out.toString();
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  let said = '';
  try {
    said = String((JSON.parse(text) as { error?: unknown }).error ?? '');
  } catch {
    said = '';
  }
  throw new Error(said || `The lab answered with status ${response.status}.`);
}

/** JSON from the lab; what goes wrong is told in a sentence. */
export async function ask<T>(address: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (error) {
    if (stopped(error)) throw error;
    throw new Error('The lab does not answer. Is cutaway lab still running?');
  }
  return (await (await answered(response)).json()) as T;
}

/** Lines of JSON as they arrive. */
export async function* lines<T>(address: string, init?: RequestInit): AsyncIterable<T> {
  let response: Response;
  try {
    response = await answered(await fetch(address, init));
  } catch (error) {
    if (error instanceof TypeError) throw new Error('The lab does not answer. Is cutaway lab still running?');
    throw error;
  }
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      held += value ?? '';
      const parts = held.split('\n');
      held = done ? '' : (parts.pop() ?? '');
      for (const part of parts) if (part.trim()) yield JSON.parse(part) as T;
      if (done) return;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** The host of the lab: the same machine over HTTP. A stream that is given up ends its job; one that is lost does not. */
export function lab(): Host {
  const at = (name: string, rest = '') => `/api/studies/${encodeURIComponent(name)}${rest}`;
  return {
    kind: 'lab',
    get: (name, params, options = {}) =>
      ask<Answer>(`${at(name)}?${query(params, options)}`, { signal: options.signal }),
    stream: (name, params, options = {}) => jobs(`${at(name, '/stream')}?${query(params, options)}`, options.signal),
  };
}

/** The events of a job at the lab. */
export async function* jobs<T extends { kind: string }>(address: string, signal?: AbortSignal): AsyncIterable<T> {
  let job = '';
  const end = () => {
    if (job)
      void fetch(`/api/jobs/${encodeURIComponent(job)}`, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    for await (const event of lines<T>(address, { signal })) {
      if (event.kind === 'job') job = (event as unknown as { id: string }).id;
      yield event;
    }
    job = '';
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
