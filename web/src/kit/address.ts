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
  if (one.kind === 'points') return points(one, text);
  if (one.kind === 'text') return words(one, text);
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value) || (one.kind === 'whole' && !Number.isInteger(value))) return null;
  return value >= (one.low ?? -Infinity) && value <= (one.high ?? Infinity) ? value : null;
}

/** Labelled points by spaces or commas, as x:0 or x:1; null where one is something else. */
function points(one: Parameter, text: string): string | null {
  const found = text.split(/[\s,]+/).filter(Boolean);
  const fits = (each: string) => {
    const [x = '', label = '', rest] = each.split(':');
    const value = x === '' ? NaN : Number(x);
    return (
      rest === undefined && /^[01]$/.test(label) && value >= (one.low ?? -Infinity) && value <= (one.high ?? Infinity)
    );
  };
  return found.length >= 2 && found.length <= 60 && found.every(fits) ? found.join(' ') : null;
}

/** Words by single blanks, lines by strokes; null where they are too many, or hold a sign that does not print. */
function words(one: Parameter, text: string): string | null {
  const told = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' / ')
    .replace(/\s+/g, ' ')
    .trim();
  const odd = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}]/u.test(told);
  return odd || [...told].length > (one.high ?? Infinity) ? null : told;
}

export function expected(one: Parameter): string {
  if (one.kind === 'switch') return 'true or false';
  if (one.kind === 'choice') return `one of ${one.options.map(([value]) => value).join(', ')}`;
  if (one.kind === 'text') return `at most ${number(one.high)} letters and signs that print`;
  const range = `${number(one.low, 12)} to ${number(one.high, 12)}`;
  if (one.kind === 'points') return `2 to 60 points as x:0 or x:1, with x from ${range}`;
  return `a ${one.kind === 'whole' ? 'whole ' : ''}number from ${range}`;
}

/** Whether a parameter is a share, which is read as a percentage: its unit says what it is a share of. */
export function share(one: Parameter): boolean {
  const visible = one.low === 0 || (one.low ?? 0) >= 1e-3;
  return one.kind === 'number' && /^of /.test(one.unit) && visible && (one.high ?? 1) <= 2;
}

const OF_DATA = ['data', 'y', 'score', 'log_odds', 'columns', 'text', 'target'];

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
  for (const key of ['y', 'score', 'text', 'target'] as const) {
    const text = query.get(key);
    if (text !== null && !study.parameters.some((one) => one.name === key)) data[key] = text;
  }
  if (query.get('log_odds') === 'true') data.log_odds = true;
  const columns = query.getAll('columns').filter(Boolean);
  if (columns.length) data.columns = columns;
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
    for (const key of ['y', 'score', 'text', 'target'] as const) if (data[key] !== undefined) query.set(key, data[key]);
    if (data.log_odds) query.set('log_odds', 'true');
    for (const name of data.columns ?? []) query.append('columns', name);
  }
  return query.toString();
}

/** Python that computes the same; of the reader's data it names the file. */
export function snippet(study: Study, values: Params, data?: DataChoice, file = ''): string {
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
  const head = ['from cutaway import studies'];
  const lines: string[] = [];
  if (data && study.uses) {
    const reader = study.uses;
    head.push(`from cutaway.studies.run.${reader === 'texts' ? 'texts' : 'reading'} import ${reader}`);
    const said = (name: string | undefined) => JSON.stringify(name ?? '');
    const given =
      reader === 'predictions'
        ? [said(data.y), said(data.score), ...(data.log_odds ? ['log_odds=True'] : [])]
        : reader === 'texts'
          ? [said(data.text), said(data.target)]
          : [`[${(data.columns ?? []).map(said).join(', ')}]`, ...(data.target ? [`target=${said(data.target)}`] : [])];
    lines.push(`data = ${reader}(${[JSON.stringify(file || 'table.csv'), ...given].join(', ')})`);
    changed.unshift('data=data');
  }
  lines.push(`result = studies.named(${JSON.stringify(study.name)}).run(${changed.join(', ')})`);
  return `${head.join('\n')}\n\n${lines.join('\n')}\n`;
}
