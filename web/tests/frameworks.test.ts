import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Outcome } from '../src/kit/types';
import { glow, groups, network, parted, power, records, search, verdict } from '../src/studies/frameworks';

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf-8')) as unknown;
const python = read('fixtures/frameworks.json') as { parted: Record<string, string[]>; apart: string[] };
const { tables } = read('../../src/cutaway/studies/stored/frameworks.json') as Outcome;
const rows = records(tables.rows);

test.each(Object.entries(python.parted))('left as it comes, %s parts those whom Python names', (left, expected) => {
  expect(parted(network(tables.layers, left)).sort()).toEqual(expected);
});

test('aligned, nothing parts and every framework has every layer', () => {
  const found = network(tables.layers, 'aligned');
  expect(parted(found)).toEqual([]);
  expect(found.layers).toHaveLength(10);
  for (const name of found.frameworks) expect(found.at.get(name)).toHaveLength(10);
});

test('the topics in which no call of one is a call of the other are Python’s', () => {
  const found = [...groups(rows)].filter(([, mine]) => {
    const [one, other] = [mine.get('pytorch'), mine.get('keras')];
    return one && other && !one.some((letter) => other.includes(letter));
  });
  expect(found.map(([name]) => name)).toEqual(python.apart);
});

test('every word of a search must occur, in any case, in calls and code too', () => {
  const [topics, converters] = [records(tables.topics), records(tables.converters)];
  const all = search(topics, rows, converters, ' ');
  expect(all).toHaveLength(topics.length);
  expect(search(topics, rows, converters, 'F.gelu')).toContain('gelu');
  expect(search(topics, rows, converters, 'gelu NOSUCHWORD')).toEqual([]);
});

test('a difference lights by its order of size', () => {
  expect([1e-9, 1e-6, 1e-3, 1, 10].map(glow)).toEqual([0, 0, 0.5, 1, 1]);
  expect([0, 2.4e-7, 0.04, 1.9].map(power)).toEqual(['0', '2·10⁻⁷', '4·10⁻²', '2']);
});

test('a verdict says what is claimed and what was shown', () => {
  const exact = { exactness: 'exact', holds: true, error: 2e-16, claimed: 0 };
  expect(verdict(exact)).toBe('exact; proved, difference 2·10⁻¹⁶');
  expect(verdict({ ...exact, holds: false })).toBe('exact; it did not hold');
  expect(verdict({ ...exact, exactness: 'near', claimed: 1e-5, holds: null })).toBe(
    'near, within 1·10⁻⁵; not proved in this run',
  );
  expect(verdict({ exactness: 'impossible' })).toBe('impossible');
});
