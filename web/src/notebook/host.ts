import type { Host, Options, Params } from '../kit/host';
import type { Event } from '../kit/types';

/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): unknown;
  send(content: unknown): void;
  on(name: 'msg:custom', heard: (content: unknown) => void): void;
  off(name: 'msg:custom', heard: (content: unknown) => void): void;
}

/** A host that speaks over the notebook's own connection; each question has a number, which its answers carry. */
export function notebook(model: Model): { host: Host; close: () => void } {
  let last = 0;
  const waiting = new Map<number, (event: Event) => void>();
  const heard = (content: unknown) => {
    const { id, event } = (content ?? {}) as { id?: number; event?: Event };
    if (id !== undefined && event) waiting.get(id)?.(event);
  };
  model.on('msg:custom', heard);

  async function* asked(
    how: 'get' | 'stream',
    name: string,
    params: Params,
    options: Options = {},
  ): AsyncIterable<Event> {
    const id = (last += 1);
    const queue: Event[] = [];
    let wake = () => {};
    const push = (event: Event) => {
      queue.push(event);
      wake();
    };
    const stop = () => {
      model.send({ id, cancel: true });
      wake();
    };
    options.signal?.throwIfAborted();
    waiting.set(id, push);
    options.signal?.addEventListener('abort', stop, { once: true });
    model.send({ id, [how]: name, params });
    try {
      for (;;) {
        options.signal?.throwIfAborted();
        const event = queue.shift();
        if (!event) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        yield event;
        if (event.kind === 'error' || (event.kind === 'result' && !event.partial)) return;
      }
    } finally {
      waiting.delete(id);
      options.signal?.removeEventListener('abort', stop);
    }
  }

  const host: Host = {
    kind: 'notebook',
    async get(name, params, options) {
      for await (const event of asked('get', name, params, options)) {
        if (event.kind === 'result') return event.outcome;
        if (event.kind === 'error') throw new Error(event.message);
      }
      throw new Error('The notebook gave no answer.');
    },
    stream: (name, params, options) => asked('stream', name, params, options),
  };
  return { host, close: () => model.off('msg:custom', heard) };
}
