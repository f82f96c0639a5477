import { afterEach, describe, expect, it, vi } from 'vitest';
import { file, jobs, lab, NeedsPython, query } from '../src/kit/host';
import { initial } from '../src/kit/address';
import { notebook, type Model } from '../src/notebook/host';
import type { Event } from '../src/kit/types';
import { outcome, study } from './study';

afterEach(() => vi.unstubAllGlobals());

describe('a page that stands alone', () => {
  const host = file(study, [outcome(initial(study))]);
  it('answers what it holds, whatever the picture looks up', async () => {
    expect((await host.get('sample', { ...initial(study), threshold: 0.9 })).stored).toBe(true);
  });
  it('names the command for the rest', async () => {
    const asked = host.get('sample', { ...initial(study), share: 0.2 });
    await expect(asked).rejects.toThrow(NeedsPython);
    await expect(asked).rejects.toThrow('cutaway lab');
  });
});

describe('the lab', () => {
  it('reads lines however they are cut', async () => {
    const bytes = new TextEncoder().encode('{"kind":"job","id":"7"}\n{"kind":"error","message":"é"}\n');
    const body = new ReadableStream<Uint8Array>({
      start(out) {
        for (const byte of bytes) out.enqueue(Uint8Array.of(byte));
        out.close();
      },
    });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(body)));
    const events: Event[] = [];
    for await (const event of lab().stream('sample', {})) events.push(event);
    expect(events).toEqual([
      { kind: 'job', id: '7' },
      { kind: 'error', message: 'é' },
    ]);
  });
  it('passes on the sentence of an error', async () => {
    const refused = new Response('{"error":"share: expected a number from 0 to 1"}', { status: 422 });
    vi.stubGlobal('fetch', () => Promise.resolve(refused));
    await expect(lab().get('sample', {})).rejects.toThrow('share: expected a number from 0 to 1');
  });
  it('ends the job of a stream that is given up', async () => {
    const asked: [string, string | undefined][] = [];
    const stop = new AbortController();
    vi.stubGlobal('fetch', (address: string, init?: RequestInit) => {
      asked.push([address, init?.method]);
      const line = new TextEncoder().encode('{"kind":"job","id":"7"}\n');
      return Promise.resolve(new Response(new ReadableStream({ start: (out) => out.enqueue(line) })));
    });
    for await (const event of jobs<Event>('/stream', stop.signal)) {
      expect(event.kind).toBe('job');
      stop.abort();
      break;
    }
    expect(asked).toEqual([
      ['/stream', undefined],
      ['/api/jobs/7', 'DELETE'],
    ]);
  });
  it('names data and columns', () => {
    expect(query({ share: 0.5 }, { data: { id: '3', columns: ['a', 'b'], target: 't' }, stored: true })).toBe(
      'share=0.5&data=3&columns=a&columns=b&target=t&stored=1',
    );
  });
});

describe('a notebook', () => {
  it('numbers its questions, hears its own answers, and cancels', async () => {
    const sent: unknown[] = [];
    let say: (content: unknown) => void = () => {};
    const model: Model = {
      get: () => null,
      send: (one) => sent.push(one),
      on: (_, heard) => (say = heard),
      off: () => {},
    };
    const { host } = notebook(model);
    const first = host.get('sample', { share: 0.2 });
    await Promise.resolve();
    say({ id: 99, event: { kind: 'error', message: 'not ours' } });
    say({ id: 1, event: { kind: 'result', outcome: outcome({ share: 0.2 }), partial: false } });
    expect((await first).params).toEqual({ share: 0.2 });
    const stop = new AbortController();
    const second = host.get('sample', {}, { signal: stop.signal });
    await Promise.resolve();
    stop.abort();
    await expect(second).rejects.toThrow();
    expect(sent).toEqual([
      { id: 1, get: 'sample', params: { share: 0.2 } },
      { id: 2, get: 'sample', params: {} },
      { id: 2, cancel: true },
    ]);
  });
});
