import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  cell,
  centre,
  encode,
  moved,
  names,
  nearest,
  overLine,
  overlap,
  reach,
  setting,
  WIDTH,
  type Box,
} from '../src/studies/grid-cell';

interface Case {
  params: Record<string, number | string>;
  boxes: [number, number, number, number][];
  kinds: number[];
  anchors: [number, number][];
  moved: number[];
  places: [number, number, number, number][];
  tensor: number[][];
  lost: number[];
}
interface Points {
  grid: number;
  points: [number, number][];
  cells: [number, number][];
  offsets: [number, number][];
}
const { cases, points } = JSON.parse(readFileSync(new URL('./fixtures/grid-cell.json', import.meta.url), 'utf-8')) as {
  cases: Case[];
  points: Points[];
};

const boxesOf = (one: Case): Box[] =>
  one.boxes.map(([left, top, right, bottom], i) => ({ left, top, right, bottom, kind: one.kinds[i]! }));
const anchorsOf = (one: Case) =>
  one.anchors.length > 1 ? one.anchors.map(([width, height]) => ({ width, height })) : [];

describe.each(cases)('the target of $params', (one) => {
  const all = boxesOf(one);
  const now = setting(one.params, all.length);
  const shown = moved(all, now);
  test('has the box where Python moves it', () => {
    const { left, top, right, bottom } = shown[now.object]!;
    expect([left, top, right, bottom]).toEqual(one.moved);
  });
  test('holds and loses what Python’s does', () => {
    const base = anchorsOf(one);
    const { places, lost } = encode(shown, now.grid, base, now.free);
    const found = [...places].sort((a, b) => a.row - b.row || a.column - b.column || a.place - b.place);
    expect(found.map(({ row, column, place, box }) => [row, column, place, box])).toEqual(one.places);
    expect(lost).toEqual(one.lost);
    found.forEach(({ values }, i) => {
      expect(values).toHaveLength(names(base).length);
      values.forEach((value, k) => expect(value).toBeCloseTo(one.tensor[i]![k]!, 12));
    });
  });
});

test.each(points)('points on lines and edges of $grid cells are where Python has them', ({ grid, ...of }) => {
  of.points.forEach(([x, y], i) => {
    const found = cell({ x, y }, grid);
    expect([found.row, found.column]).toEqual(of.cells[i]);
    expect([found.x, found.y]).toEqual(of.offsets[i]);
  });
});

test('a box reaches into every cell that it shares a pixel with', () => {
  const box = { left: 100, top: 60, right: 220, bottom: 120, kind: 0 };
  expect(reach(box, 2)).toBe(1);
  expect(reach(box, 4)).toBe(2);
  expect(reach({ ...box, left: 160, right: 320 }, 4)).toBe(1);
  expect(reach({ left: 0, top: 0, right: 640, bottom: 480, kind: 0 }, 7)).toBe(49);
});

test('overlap of sizes is 1 for the same and knows no order', () => {
  const [one, other] = [
    { width: 2, height: 2 },
    { width: 4, height: 1 },
  ];
  expect(overlap(one, one)).toBe(1);
  expect(overlap(one, other)).toBeCloseTo(1 / 3, 14);
  expect(overlap(other, one)).toBe(overlap(one, other));
});

test('over the line and back is one pixel, and another cell', () => {
  const all = boxesOf(cases[0]!);
  for (const grid of [3, 7, 13]) {
    all.forEach((one, object) => {
      const first = overLine(one, grid, 0);
      const second = overLine(one, grid, first);
      if (one.left + Math.min(first, second) <= 0 || one.right + Math.max(first, second) >= WIDTH) return; // at an edge
      expect(Math.abs(first - second)).toBe(1);
      const columns = [first, second].map(
        (right) => cell(centre(moved(all, { object, right, down: 0 })[object]!), grid).column,
      );
      expect(Math.abs(columns[0]! - columns[1]!)).toBe(1);
    });
  }
});

test('the nearest box is another one', () => {
  const all = boxesOf(cases[0]!);
  all.forEach((_, i) => expect(nearest(all, i)).not.toBe(i));
  const row = [0, 100, 130].map((left) => ({ left, top: 0, right: left + 10, bottom: 10, kind: 0 }));
  expect(row.map((_, i) => nearest(row, i))).toEqual([1, 2, 1]);
});
