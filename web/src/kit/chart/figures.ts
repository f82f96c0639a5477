import {
  areaY,
  barX,
  dot,
  line,
  link,
  rectY,
  ruleX,
  ruleY,
  text,
  type Markish,
  type PlotOptions,
} from '@observablehq/plot';
import { number } from '../numerals';
import type { Axis, Bars, Distribution, Figure, Intervals, Line, Lines, Mark, Points } from '../types';
import { reach, type Key } from './draw';

/** A figure as Plot takes it, with its keys and the height that it wants. */
export interface Sketch {
  options: PlotOptions;
  keys: Key[];
  height: number;
}

const SERIES = ['var(--ours)', 'var(--rest)', 'var(--third)', 'var(--fourth)', 'var(--unclear)'];
const OF_ROLE = { main: 'var(--ours)', other: 'var(--unclear)', harm: 'var(--harm)' } as const;

export const titled = (axis: Axis) => (axis.unit ? `${axis.label}, ${axis.unit}` : axis.label);

type Given = (number | null)[];
const finite = (values: Given) => values.filter((value): value is number => value !== null && Number.isFinite(value));

function scaled(axis: Axis): { type: 'linear' | 'log'; label: string; ticks?: number } {
  return { type: axis.scale, label: titled(axis) };
}

/** Every line's colour: main lines in turn, the others grey and dashed, harm in its own. */
export function colours(lines: Line[]): string[] {
  let main = 0;
  return lines.map((one) => (one.role === 'main' ? (SERIES[main++ % SERIES.length] as string) : OF_ROLE[one.role]));
}

interface At {
  x: number;
  y: number;
  low?: number;
  high?: number;
}

function series(one: Line, log: { x: boolean; y: boolean }): At[] {
  return one.x.map((x, i) => {
    const y = one.y[i];
    const off = (log.x && (x ?? 0) <= 0) || (log.y && (y ?? 0) <= 0);
    return {
      x: x ?? NaN,
      y: off ? NaN : (y ?? NaN),
      low: one.low[i] ?? undefined,
      high: one.high[i] ?? undefined,
    };
  });
}

function curves(lines: Line[], log: { x: boolean; y: boolean }): { marks: Markish[]; keys: Key[] } {
  const marks: Markish[] = [];
  const keys: Key[] = [];
  const shade = colours(lines);
  lines.forEach((one, i) => {
    const data = series(one, log);
    const colour = shade[i]!;
    if (one.low.length && one.high.length) {
      marks.push(areaY(data, { x: 'x', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.16 }));
    }
    marks.push(
      line(data, {
        x: 'x',
        y: 'y',
        stroke: colour,
        strokeWidth: one.role === 'other' ? 1.5 : 2,
        strokeDasharray: one.role === 'other' ? '5 4' : undefined,
        strokeLinejoin: 'round',
      }),
    );
    if (one.name) keys.push({ name: one.name, colour, shape: one.role === 'other' ? 'dashed' : 'line' });
  });
  return { marks, keys };
}

/** Points and lines across the plane, each with its words beside it. */
export function placedMarks(marks: Mark[], middle?: number): Markish[] {
  const halo = { stroke: 'var(--card)', strokeWidth: 4, fill: 'var(--ink)' };
  return marks.flatMap((one): Markish[] => {
    const colour = OF_ROLE[one.role];
    if (one.x !== null && one.y !== null) {
      const left = middle !== undefined && one.x > middle;
      return [
        dot([one], { x: 'x', y: 'y', r: 5.5, fill: colour, stroke: 'var(--card)', strokeWidth: 2 }),
        text([one], {
          x: 'x',
          y: 'y',
          text: 'label',
          textAnchor: left ? 'end' : 'start',
          dx: left ? -10 : 10,
          dy: -8,
          ...halo,
        }),
      ];
    }
    if (one.x !== null) {
      const left = middle !== undefined && one.x > middle;
      return [
        ruleX([one.x], { stroke: colour, strokeWidth: 1.5, strokeDasharray: one.role === 'other' ? '4 3' : undefined }),
        text([one], {
          x: 'x',
          frameAnchor: 'top',
          text: 'label',
          textAnchor: left ? 'end' : 'start',
          dx: left ? -6 : 6,
          dy: 2,
          ...halo,
        }),
      ];
    }
    if (one.y !== null) {
      return [
        ruleY([one.y], { stroke: colour, strokeWidth: 1.5, strokeDasharray: one.role === 'other' ? '4 3' : undefined }),
        text([one], { y: 'y', frameAnchor: 'right', text: 'label', textAnchor: 'end', dy: -8, ...halo }),
      ];
    }
    return [];
  });
}

function middleOf(axis: Axis, values: Given): number | undefined {
  const kept = finite(values);
  if (!kept.length) return undefined;
  let low = Infinity;
  let high = -Infinity;
  for (const value of kept) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return axis.scale === 'log' && low > 0 ? Math.sqrt(low * high) : (low + high) / 2;
}

function lines(figure: Lines, marks: Mark[]): Sketch {
  const log = { x: figure.x.scale === 'log', y: figure.y.scale === 'log' };
  const { marks: drawn, keys } = curves(figure.lines, log);
  const middle = middleOf(
    figure.x,
    figure.lines.flatMap((one) => one.x),
  );
  return {
    options: {
      x: scaled(figure.x),
      y: scaled(figure.y),
      marks: [...drawn, ...placedMarks([...figure.marks, ...marks], middle)],
    },
    keys: keys.length > 1 ? keys : [],
    height: 280,
  };
}

function points(figure: Points, marks: Mark[]): Sketch {
  const log = { x: figure.x_axis.scale === 'log', y: figure.y_axis.scale === 'log' };
  const grouped = figure.groups.length > 0;
  const shade = (i: number) => SERIES[grouped ? (figure.group[i] ?? 0) % SERIES.length : 0]!;
  const data = figure.x.map((x, i) => ({ x: x ?? NaN, y: figure.y[i] ?? NaN, colour: shade(i) }));
  const { marks: drawn, keys } = curves(figure.lines, log);
  const many = data.length > 300;
  return {
    options: {
      x: scaled(figure.x_axis),
      y: scaled(figure.y_axis),
      marks: [
        dot(data, {
          x: 'x',
          y: 'y',
          r: many ? 2 : 3.5,
          fill: (at: { colour: string }) => at.colour,
          fillOpacity: many ? 0.5 : 0.8,
        }),
        ...drawn,
        ...placedMarks([...figure.marks, ...marks], middleOf(figure.x_axis, figure.x)),
      ],
      color: { type: 'identity' },
    },
    keys: [
      ...figure.groups.map((name, i): Key => ({ name, colour: SERIES[i % SERIES.length]!, shape: 'dot' })),
      ...keys,
    ],
    height: 300,
  };
}

const widest = (labels: string[], width: number) =>
  Math.min(width * 0.4, Math.max(24, ...labels.map((label) => reach(label))) + 12);

function bars(figure: Bars, width: number): Sketch {
  const names = Object.keys(figure.parts);
  const left = widest(figure.labels, width);
  const marks: Markish[] = [];
  const places = figure.labels.map((_, i) => i);
  if (names.length) {
    names.forEach((name, part) => {
      const rows = places.map((i) => {
        let start = 0;
        for (const before of names.slice(0, part)) start += figure.parts[before]?.[i] ?? 0;
        return { i, start, end: start + (figure.parts[name]?.[i] ?? 0) };
      });
      marks.push(
        barX(rows, { y: 'i', x1: 'start', x2: 'end', fill: SERIES[part % SERIES.length], insetTop: 3, insetBottom: 3 }),
      );
    });
  } else {
    const rows = places.map((i) => ({ i, value: figure.values[i] ?? 0 }));
    marks.push(
      barX(rows, {
        y: 'i',
        x: 'value',
        fill: (row: { i: number }) => (figure.harmful[row.i] ? 'var(--harm)' : 'var(--ours)'),
        insetTop: 3,
        insetBottom: 3,
        rx: 2,
      }),
      text(rows, {
        y: 'i',
        x: 'value',
        text: (row: { value: number }) => number(row.value),
        textAnchor: 'start',
        dx: 6,
        fill: 'var(--ink)',
        stroke: 'var(--card)',
        strokeWidth: 4,
      }),
    );
  }
  if (figure.reference !== null)
    marks.push(ruleX([figure.reference], { stroke: 'var(--ink)', strokeDasharray: '3 3' }));
  return {
    options: {
      x: { ...scaled(figure.axis), grid: true },
      y: { type: 'band', domain: places, grid: false, tickFormat: (i: number) => figure.labels[i] ?? '' },
      color: { type: 'identity' },
      marginLeft: left,
      marginRight: 56,
      marks,
    },
    keys: names.map((name, i): Key => ({ name, colour: SERIES[i % SERIES.length]!, shape: 'square' })),
    height: 26 * figure.labels.length + 62,
  };
}

function intervals(figure: Intervals, width: number): Sketch {
  const rows = figure.labels.map((_, i) => ({
    i,
    low: figure.low[i] ?? NaN,
    high: figure.high[i] ?? NaN,
    centre: figure.centre[i] ?? NaN,
    colour:
      figure.null !== null && (figure.low[i] ?? 0) <= figure.null && (figure.high[i] ?? 0) >= figure.null
        ? 'var(--unclear)'
        : 'var(--ours)',
  }));
  const colour = (row: { colour: string }) => row.colour;
  return {
    options: {
      x: { ...scaled(figure.axis), grid: true },
      y: {
        type: 'point',
        domain: rows.map((row) => row.i),
        grid: false,
        tickFormat: (i: number) => figure.labels[i] ?? '',
      },
      color: { type: 'identity' },
      marginLeft: widest(figure.labels, width),
      marks: [
        ...(figure.null === null ? [] : [ruleX([figure.null], { stroke: 'var(--null)', strokeWidth: 1.5 })]),
        link(rows, { y1: 'i', y2: 'i', x1: 'low', x2: 'high', stroke: colour, strokeWidth: 2 }),
        dot(rows, { y: 'i', x: 'centre', fill: colour, r: 4.5 }),
      ],
    },
    keys: [],
    height: 28 * figure.labels.length + 62,
  };
}

function distribution(figure: Distribution): Sketch {
  const rows = figure.counts.map((count, i) => ({
    low: figure.edges[i] ?? NaN,
    high: figure.edges[i + 1] ?? NaN,
    count: count ?? 0,
  }));
  const marks: Markish[] = [
    rectY(rows, { x1: 'low', x2: 'high', y: 'count', fill: 'var(--rest)', insetLeft: 0.5, insetRight: 0.5 }),
  ];
  if (figure.observed !== null) {
    const mark: Mark = { label: figure.observed_label, x: figure.observed, y: null, role: 'harm' };
    marks.push(...placedMarks([mark], middleOf(figure.x, [...figure.edges, figure.observed])));
  }
  return {
    options: {
      x: scaled(figure.x),
      y: { label: 'count', nice: true },
      marks: [...marks, ruleY([0], { stroke: 'var(--rule)' })],
    },
    keys: [],
    height: 240,
  };
}

/** The sketch of a figure that Plot draws; null for a figure with a component of its own. */
export function sketch(figure: Figure, width: number, marks: Mark[] = []): Sketch | null {
  switch (figure.kind) {
    case 'lines':
      return lines(figure, marks);
    case 'points':
      return points(figure, marks);
    case 'bars':
      return bars(figure, width);
    case 'intervals':
      return intervals(figure, width);
    case 'distribution':
      return distribution(figure);
    default:
      return null;
  }
}
