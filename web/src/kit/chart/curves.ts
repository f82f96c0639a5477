import { areaY, dot, line, ruleX, ruleY, text, type Markish } from '@observablehq/plot';
import { number } from '../numerals';
import type { Line, Lines, Mark, Points } from '../types';
import { chained, extent, place, span, titled, type Span } from './axes';
import { reach, type End, type Key, type Probe, type Sketch } from './draw';

export const SERIES = ['var(--ours)', 'var(--rest)', 'var(--third)', 'var(--fourth)', 'var(--unclear)'];
const OF_ROLE = { main: 'var(--ours)', other: 'var(--unclear)', harm: 'var(--harm)' } as const;

/** Main lines in turn, the others grey, harm in its own colour. */
export function colours(lines: Line[]): string[] {
  let main = 0;
  return lines.map((one) => (one.role === 'main' ? SERIES[main++ % SERIES.length]! : OF_ROLE[one.role]));
}

function drawn(lines: Line[], x: Span, y: Span): Markish[] {
  const shade = colours(lines);
  const kept = (value: number | null | undefined, axis: Span) =>
    value === null || value === undefined || (axis.type === 'log' && value <= 0) ? NaN : value;
  const bands: Markish[] = [];
  const curves: Markish[] = [];
  lines.forEach((one, i) => {
    const stroke = shade[i]!;
    const data = one.x.map((at, j) => ({
      x: kept(at, x),
      y: kept(one.y[j], y),
      low: kept(one.low[j], y),
      high: kept(one.high[j], y),
    }));
    if (one.low.length && one.high.length) {
      bands.push(areaY(data, { x: 'x', y1: 'low', y2: 'high', fill: stroke, fillOpacity: 0.16, clip: true }));
    }
    const pale = one.role === 'other';
    const style = pale ? { strokeWidth: 1.5, strokeDasharray: '5 4' } : { strokeWidth: 2 };
    curves.push(line(data, { x: 'x', y: 'y', stroke, strokeLinejoin: 'round', clip: true, ...style }));
    if (one.x.length <= 12 && !pale) curves.push(dot(data, { x: 'x', y: 'y', fill: stroke, r: 3 }));
  });
  return [...bands, ...curves];
}

/** Points, and lines across the plane, each with its words beside it on the side that has room. */
export function placedMarks(marks: Mark[], x?: Span): Markish[] {
  const halo = { stroke: 'var(--card)', strokeWidth: 4, fill: 'var(--ink)', text: 'label' };
  let stacked = 0;
  return marks.flatMap((one): Markish[] => {
    const stroke = OF_ROLE[one.role];
    const rule = { stroke, strokeWidth: 1.5, strokeDasharray: one.role === 'other' ? '4 3' : undefined };
    const left = x !== undefined && one.x !== null && place(x, one.x) > 0.6;
    const side = { textAnchor: left ? 'end' : 'start', ...halo } as const;
    if (one.x !== null && one.y !== null) {
      return [
        dot([one], { x: 'x', y: 'y', r: 5.5, fill: stroke, stroke: 'var(--card)', strokeWidth: 2 }),
        text([one], { x: 'x', y: 'y', dx: left ? -10 : 10, dy: -9, ...side }),
      ];
    }
    if (one.x !== null) {
      const dy = 8 + 17 * stacked++;
      return [ruleX([one.x], rule), text([one], { x: 'x', frameAnchor: 'top', dx: left ? -7 : 7, dy, ...side })];
    }
    if (one.y === null) return [];
    return [ruleY([one.y], rule), text([one], { y: 'y', frameAnchor: 'right', textAnchor: 'end', dy: -9, ...halo })];
  });
}

/** The value of a line at x, between its two nearest points; NaN outside. */
function read(one: Line, at: number): number {
  const { x, y } = one;
  let low = 0;
  let high = x.length - 1;
  const first = x[low] ?? NaN;
  const last = x[high] ?? NaN;
  if (!(at >= Math.min(first, last) && at <= Math.max(first, last))) return NaN;
  const up = last >= first;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? NaN) <= at === up) low = middle;
    else high = middle;
  }
  const [x0, x1, y0, y1] = [x[low] ?? NaN, x[high] ?? NaN, y[low] ?? NaN, y[high] ?? NaN];
  return x1 === x0 ? y0 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

function probe(figure: Lines): Probe | undefined {
  const named = figure.lines.filter((one) => one.x.length > 1);
  const longest = named.reduce<Line | null>((best, one) => (best && best.x.length >= one.x.length ? best : one), null);
  if (!longest || longest.x.length > 5000) return undefined;
  const shade = colours(figure.lines);
  const xs = longest.x.filter((value): value is number => value !== null);
  return {
    xs,
    at(i) {
      const x = xs[i] ?? NaN;
      const rows = figure.lines
        .map((one, j) => ({ name: one.name, y: read(one, x), colour: shade[j]! }))
        .filter((row) => Number.isFinite(row.y));
      return {
        x,
        dots: rows,
        text: [
          `${figure.x.label} ${number(x)}`,
          ...rows.map(
            (row) => `${rows.length > 1 || row.name ? row.name || figure.y.label : figure.y.label} ${number(row.y)}`,
          ),
        ],
      };
    },
  };
}

/** Names at the ends of the curves where they fit there; else keys above. */
function names(lines: Line[], x: Span, y: Span, width: number, tall: number): { keys: Key[]; ends: End[] } {
  const shade = colours(lines);
  const named = lines.map((one, i) => ({ one, colour: shade[i]! })).filter(({ one }) => one.name);
  if (lines.length < 2) return { keys: [], ends: [] };
  const keys = named.map(({ one, colour }): Key => {
    return { name: one.name, colour, shape: one.role === 'other' ? 'dashed' : 'line' };
  });
  const ends: (End & { at: number })[] = [];
  for (const { one, colour } of named) {
    const last = one.x.length - 1;
    const [atX, atY] = [one.x[last], one.y[last]];
    if (typeof atX !== 'number' || typeof atY !== 'number' || place(x, atX) < 0.97) return { keys, ends: [] };
    ends.push({ name: one.name, colour, dashed: one.role === 'other', y: atY, at: place(y, atY) * tall });
  }
  const sorted = ends.map((end) => end.at).sort((one, other) => one - other);
  const crowded = sorted.some((at, i) => i > 0 && at - sorted[i - 1]! < 9);
  const wide = Math.max(0, ...ends.map((end) => reach(end.name))) > width * 0.28;
  return crowded || wide || ends.length > 5 || width < 420 ? { keys, ends: [] } : { keys: [], ends };
}

export function lines(figure: Lines, width: number, marks: Mark[]): Sketch {
  const all = [...figure.marks, ...marks];
  const [logX, logY] = [figure.x.scale === 'log', figure.y.scale === 'log'];
  const x = span(
    figure.x,
    extent(chained(...figure.lines.map((one) => one.x), ...all.map((one) => [one.x])), logX),
    width < 420 ? 4 : 6,
    true,
  );
  const bounds = figure.lines.flatMap((one) => [one.y, one.low, one.high]);
  const y = span(figure.y, extent(chained(...bounds, ...all.map((one) => [one.y])), logY), 4);
  const height = 280;
  return {
    options: { x, y, marks: [...drawn(figure.lines, x, y), ...placedMarks(all, x)] },
    height,
    probe: probe(figure),
    ...names(figure.lines, x, y, width, height - 80),
  };
}

export function points(figure: Points, width: number, marks: Mark[]): Sketch {
  const all = [...figure.marks, ...marks];
  const [logX, logY] = [figure.x_axis.scale === 'log', figure.y_axis.scale === 'log'];
  const found = {
    x: extent(chained(figure.x, ...figure.lines.map((one) => one.x), ...all.map((one) => [one.x])), logX),
    y: extent(chained(figure.y, ...figure.lines.map((one) => one.y), ...all.map((one) => [one.y])), logY),
  };
  const x = span(figure.x_axis, found.x, width < 420 ? 4 : 6, true);
  const y = span(figure.y_axis, found.y, 4, !logY && figure.lines.length === 0);
  const shade = (i: number) => SERIES[figure.groups.length ? (figure.group[i] ?? 0) % SERIES.length : 0]!;
  const data = figure.x.map((at, i) => ({ x: at ?? NaN, y: figure.y[i] ?? NaN, i }));
  const many = data.length > 300;
  const over = figure.lines.some((one) => one.role === 'main' && one.name);
  const keys = [
    ...figure.groups.map((name, i): Key => ({ name, colour: SERIES[i % SERIES.length]!, shape: 'dot' })),
    ...(over ? names(figure.lines, x, y, 0, 0).keys : []),
  ];
  return {
    options: {
      x: { ...x, inset: 6 },
      y: { ...y, inset: 6 },
      color: { type: 'identity' },
      marks: [
        dot(data, {
          x: 'x',
          y: 'y',
          r: many ? 2 : 3.5,
          fill: (at: { i: number }) => shade(at.i),
          fillOpacity: many ? 0.5 : 0.8,
        }),
        ...drawn(figure.lines, x, y),
        ...placedMarks(all, x),
      ],
    },
    height: 300,
    keys,
    probe:
      data.length > 5000
        ? undefined
        : {
            xs: data.map((at) => at.x),
            ys: data.map((at) => at.y),
            at: (i) => ({
              x: data[i]?.x ?? NaN,
              dots: [{ y: data[i]?.y ?? NaN, colour: shade(i) }],
              text: [
                ...(figure.groups.length ? [figure.groups[figure.group[i] ?? 0] ?? ''] : []),
                `${titled(figure.x_axis)} ${number(data[i]?.x)}`,
                `${titled(figure.y_axis)} ${number(data[i]?.y)}`,
              ],
            }),
          },
  };
}
