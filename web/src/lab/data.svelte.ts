import { ask } from '../kit/host';

export interface Uploaded {
  id: string;
  name: string;
  rows: number;
  columns: { name: string; kind: string; distinct: number | null }[];
  guess: { y: string | null; score: string | null };
}

/** The reader's tables at the lab. */
class Tables {
  list = $state.raw<Uploaded[]>([]);
  /** The share of a file that has arrived, and the file's name; null when none is on its way. */
  coming = $state.raw<{ name: string; done: number; total: number } | null>(null);
  told = $state('');
  /** Takes a table that is dropped anywhere on the page, where the page has a use for it. */
  taker: ((one: Uploaded) => void) | null = null;
  private request: XMLHttpRequest | null = null;

  async load(): Promise<void> {
    const found = await ask<Uploaded[] | { data: Uploaded[] }>('/api/data');
    this.list = Array.isArray(found) ? found : (found.data ?? []);
  }

  /** Bring a file; null where it could not be used, with the reason in `told`. */
  bring(file: File): Promise<Uploaded | null> {
    this.told = '';
    this.coming = { name: file.name, done: 0, total: file.size };
    return new Promise((resolve) => {
      // fetch tells nothing of how much has been sent.
      const request = new XMLHttpRequest();
      this.request = request;
      request.open('POST', `/api/data?name=${encodeURIComponent(file.name)}`);
      request.responseType = 'text';
      request.upload.onprogress = (event) => {
        this.coming = { name: file.name, done: event.loaded, total: event.total };
      };
      const end = (told: string, one: Uploaded | null = null) => {
        this.coming = null;
        this.request = null;
        this.told = told;
        if (one) this.list = [one, ...this.list.filter((each) => each.id !== one.id)];
        resolve(one);
      };
      request.onload = () => {
        let read: unknown = null;
        try {
          read = JSON.parse(request.responseText);
        } catch {
          read = null;
        }
        if (request.status < 300 && read) end('', read as Uploaded);
        else {
          const error = (read as { error?: string } | null)?.error;
          end(error ?? `The lab could not read ${file.name} (status ${request.status}).`);
        }
      };
      request.onerror = () => end('The lab does not answer. Is cutaway lab still running?');
      request.onabort = () => end('');
      request.send(file);
    });
  }

  cancel(): void {
    this.request?.abort();
  }

  async remove(id: string): Promise<void> {
    await ask(`/api/data/${encodeURIComponent(id)}`, { method: 'DELETE' }).catch(() => null);
    this.list = this.list.filter((one) => one.id !== id);
  }
}

export const tables = new Tables();

/** What a study that uses "predictions" or "columns" is asked with, as far as it can be guessed. */
export function choice(one: Uploaded, uses: string | null): URLSearchParams {
  const query = new URLSearchParams({ data: one.id });
  if (uses === 'predictions') {
    if (one.guess.y) query.set('y', one.guess.y);
    if (one.guess.score) query.set('score', one.guess.score);
  } else if (uses === 'texts') {
    // Texts are seldom the same twice, and classes often.
    const said = one.columns
      .filter((each) => each.kind === 'category')
      .sort((a, b) => (b.distinct ?? 0) - (a.distinct ?? 0));
    const text = said[0]?.name;
    const few = one.columns.filter(
      (each) => each.name !== text && (each.distinct ?? 0) > 1 && (each.distinct ?? 99) <= 50,
    );
    const target = few.find((each) => each.name === one.guess.y) ?? few.sort((a, b) => a.distinct! - b.distinct!)[0];
    if (text) query.set('text', text);
    if (target) query.set('target', target.name);
  } else {
    const numbers = one.columns.filter((each) => each.kind === 'number').map((each) => each.name);
    const target = one.guess.y && numbers.includes(one.guess.y) ? one.guess.y : numbers[numbers.length - 1];
    for (const name of numbers.filter((each) => each !== target).slice(0, 2)) query.append('columns', name);
    if (target) query.set('target', target);
  }
  return query;
}
