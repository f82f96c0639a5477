import type { DataChoice, Params } from './host';
import { number } from './numerals';
import type { Parameter, Study, Value } from './types';

/** The defaults of a study, with other values where they are given. */
export function initial(study: Study, given: Params = {}): Params {
  return Object.fromEntries(study.parameters.map((one) => [one.name, given[one.name] ?? one.default]));
}

/** A text as the parameter's kind; null where it is of another kind or outside the range. */
export function read(one: Parameter, text: string): Value | null {
  if (one.kind === 'switch')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : null;
  if (one.kind === 'choice') return one.options.some(([value]) => value === text) ? text : null;
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value) || (one.kind === 'whole' && !Number.isInteger(value))) return null;
  return value >= (one.low ?? -Infinity) && value <= (one.high ?? Infinity) ? value : null;
}

function expected(one: Parameter): string {
  if (one.kind === 'switch') return 'true or false';
  if (one.kind === 'choice') return `one of ${one.options.map(([value]) => value).join(', ')}`;
  return `a ${one.kind === 'whole' ? 'whole ' : ''}number from ${number(one.low, 12)} to ${number(one.high, 12)}`;
}

const OF_DATA = ['data', 'y', 'score', 'columns', 'target'];

export interface Read {
  values: Params;
  data: DataChoice | undefined;
  /** A sentence for each thing in the address that could not be used. */
  told: string[];
}

/** What an address says of a study; what it does not say stays at its default. */
export function fromAddress(study: Study, search: string, given: Params = {}): Read {
  const values = initial(study, given);
  const told: string[] = [];
  const query = new URLSearchParams(search);
  const id = query.get('data');
  for (const [name, text] of query) {
    const one = study.parameters.find((each) => each.name === name);
    if (!one) {
      if (!(id !== null && OF_DATA.includes(name)))
        told.push(`The address names ${name}, which this study does not have.`);
      continue;
    }
    const value = read(one, text);
    if (value !== null) values[name] = value;
    else {
      told.push(`${one.label} cannot be ${text || 'empty'}: expected ${expected(one)}. The default stands.`);
    }
  }
  if (id === null) return { values, data: undefined, told };
  const data: DataChoice = { id };
  for (const key of ['y', 'score', 'target'] as const) {
    const text = query.get(key);
    if (text !== null && !study.parameters.some((one) => one.name === key)) data[key] = text;
  }
  const columns = query.get('columns');
  if (columns) data.columns = columns.split(',');
  return { values, data, told };
}

/** The address of a view: only what differs from the defaults. */
export function toAddress(study: Study, values: Params, data?: DataChoice): string {
  const query = new URLSearchParams();
  for (const one of study.parameters) {
    const value = values[one.name];
    if (value !== undefined && value !== one.default) query.set(one.name, String(value));
  }
  if (data) {
    query.set('data', data.id);
    for (const key of ['y', 'score', 'target'] as const) if (data[key] !== undefined) query.set(key, data[key]);
    if (data.columns?.length) query.set('columns', data.columns.join(','));
  }
  return query.toString();
}

/** Python that computes the same. */
export function snippet(study: Study, values: Params): string {
  const written = (value: Value) =>
    typeof value === 'boolean'
      ? value
        ? 'True'
        : 'False'
      : typeof value === 'string'
        ? JSON.stringify(value)
        : String(value);
  const changed = study.parameters
    .filter((one) => values[one.name] !== undefined && values[one.name] !== one.default)
    .map((one) => `${one.name}=${written(values[one.name] as Value)}`);
  return `from cutaway import studies\n\nstudies.named(${JSON.stringify(study.name)}).run(${changed.join(', ')})\n`;
}
