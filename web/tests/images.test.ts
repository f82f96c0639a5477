import { expect, test } from 'vitest';
import {
  around,
  joined,
  level,
  made,
  OPERATIONS,
  parts,
  stages,
  unpacked,
  window,
  type Stage,
} from '../src/studies/images';
import type { Table } from '../src/kit/types';
import fixture from './fixtures/images.json';

const stage: Stage = {
  name: 'image',
  width: fixture.width,
  height: fixture.height,
  channels: 1,
  bytes: unpacked(fixture.pixels),
};

test.each(fixture.steps)('the window of $line gives what Python found', ({ note, sum, weight, at }) => {
  const seen = window({ columns: { sum, weight }, note } as Table);
  for (const [row, column, found] of at as [number, number, number][]) {
    const levels = around(stage, seen.side, row, column, 0);
    expect(levels.length).toBe(seen.side ** 2);
    expect(Math.abs(made(seen, levels) - found)).toBeLessThanOrEqual(1.01);
  }
});

test('beyond the border the image is mirrored', () => {
  expect(level(stage, -2, 5, 0)).toBe(level(stage, 2, 5, 0));
  expect(level(stage, 29, 5, 0)).toBe(level(stage, 25, 5, 0));
  expect(level(stage, 14, 14, 2)).toBe(level(stage, 14, 14, 0));
});

test('no window makes nothing', () => {
  const none = window({ columns: { sum: [0], weight: [1] }, note: 'a weight; no window' } as Table);
  expect(none.kind).toBe('');
  expect(made(none, [3])).toBeNaN();
});

test('a table of stages is its images', () => {
  const table = {
    columns: { name: ['image'], width: [28], height: [28], channels: [1], pixels: [fixture.pixels] },
    note: '',
  } as unknown as Table;
  expect(stages(table)).toEqual([stage]);
  expect(stages(undefined)).toEqual([]);
});

test('a line is its steps, and comes back', () => {
  expect(parts(' grey |  | sobel ')).toEqual(['grey', 'sobel']);
  expect(parts(joined(OPERATIONS.map(([step]) => step)))).toEqual(OPERATIONS.map(([step]) => step));
});
