import { barX, dot, link, ruleX, text, type Markish } from '@observablehq/plot';
import { number } from '../numerals';
import type { Axis, Bars, Intervals } from '../types';
import { chained, extent, span, type Span } from './axes';
import { SERIES } from './curves';
import { cut, reach, type Key, type Sketch } from './draw';

/** How the labels of rows stand: at the left where they fit into two fifths of the width, else each above its row. */
function labelled(labels: string[], width: number, tall: number) {
  const widest = Math.max(0, ...labels.map((words) => reach(words))) + 12;
  const above = widest > width * 0.4;
  return {
    above,
    left: above ? 2 : Math.max(24, widest),
    row: above ? tall + 20 : tall,
    // A row's own part of its band: below the label that stands above it.
    insetTop: above ? 20 : 3,
    middle: above ? 10 : 0,
  };
}

function across(axis: Axis, values: Iterable<number | null | undefined>, width: number, zero: boolean): Span {
  const found = extent(values, axis.scale === 'log');
  const widened =
    zero && found && axis.scale === 'linear'
      ? ([Math.min(0, found[0]), Math.max(0, found[1])] as [number, number])
      : found;
  return span(axis, widened, width < 420 ? 3 : 5, true);
}

const HALO = { stroke: 'var(--card)', strokeWidth: 4 };

function rowLabels(labels: string[], at: ReturnType<typeof labelled>, width: number, band: number): Markish[] {
  if (!at.above) return [];
  const rows = labels.map((words, i) => ({ i, words: cut(words, width) }));
  return [
    text(rows, {
      y: 'i',
      text: 'words',
      frameAnchor: 'left',
      textAnchor: 'start',
      dy: 10 - band / 2,
      fill: 'var(--ink)',
    }),
  ];
}

export function bars(figure: Bars, width: number): Sketch {
  const parts = Object.keys(figure.parts);
  const at = labelled(figure.labels, width, 28);
  const places = figure.labels.map((_, i) => i);
  const x = across(figure.axis, chained(figure.values, [figure.reference]), width, true);
  const start = figure.axis.scale === 'log' ? x.domain[0] : 0;
  const inset = { insetTop: at.insetTop, insetBottom: 3 };
  const marks: Markish[] = [];
  const rows = places.map((i) => ({ i, value: figure.values[i] ?? NaN }));
  if (parts.length) {
    parts.forEach((name, part) => {
      const data = places.map((i) => {
        let from = 0;
        for (const before of parts.slice(0, part)) from += figure.parts[before]?.[i] ?? 0;
        return { i, from, to: from + (figure.parts[name]?.[i] ?? 0) };
      });
      marks.push(
        barX(data, { y: 'i', x1: 'from', x2: 'to', fill: SERIES[part % SERIES.length], insetRight: 0.5, ...inset }),
      );
    });
  } else {
    marks.push(
      barX(rows, {
        y: 'i',
        x1: start,
        x2: 'value',
        fill: (row: { i: number }) => (figure.harmful[row.i] ? 'var(--harm)' : 'var(--ours)'),
        rx: 2,
        ...inset,
      }),
    );
  }
  const ends = {
    y: 'i',
    x: 'value',
    text: (row: { value: number }) => number(row.value),
    dy: at.middle,
    fill: 'var(--ink)',
    ...HALO,
  };
  marks.push(
    text(
      rows.filter((row) => row.value >= start),
      { ...ends, textAnchor: 'start', dx: 7 },
    ),
    text(
      rows.filter((row) => row.value < start),
      { ...ends, textAnchor: 'end', dx: -7 },
    ),
  );
  if (figure.reference !== null) {
    marks.push(ruleX([figure.reference], { stroke: 'var(--ink)', strokeWidth: 1.5, strokeDasharray: '3 3' }));
    if (figure.reference_label) {
      marks.push(
        text([figure.reference], {
          x: (value: number) => value,
          frameAnchor: 'top',
          dy: -10,
          text: [figure.reference_label],
          fill: 'var(--quiet)',
        }),
      );
    }
  }
  const room = Math.max(...figure.values.map((value) => reach(number(value)))) + 16;
  const row = at.row;
  return {
    options: {
      x: { ...x, grid: true },
      y: rowAxis(figure.labels, at.above),
      color: { type: 'identity' },
      marginLeft: at.left + (figure.values.some((value) => (value ?? 0) < 0) ? room : 0),
      marginRight: room,
      marginTop: (figure.reference_label ? 24 : 8) + (parts.length ? 26 * Math.ceil((parts.length * 110) / width) : 0),
      marks: [...rowLabels(figure.labels, at, width, row), ...marks],
    },
    keys: parts.map((name, i): Key => ({ name, colour: SERIES[i % SERIES.length]!, shape: 'square' })),
    height: row * figure.labels.length + 56 + (figure.reference_label ? 20 : 0) + (parts.length ? 26 : 0),
  };
}

function rowAxis(labels: string[], above: boolean) {
  return {
    type: 'band' as const,
    domain: labels.map((_, i) => i),
    padding: 0,
    grid: false,
    axis: above ? null : ('left' as const),
    tickFormat: (i: number) => labels[i] ?? '',
  };
}

export function intervals(figure: Intervals, width: number): Sketch {
  const words = figure.labels.map((name, i) => (figure.notes[i] ? `${name} ${figure.notes[i]}` : name));
  const at = labelled(words, width, 28);
  const spread = figure.labels.map((_, i) => `${number(figure.low[i])} to ${number(figure.high[i])}`);
  const centres = figure.labels.map((_, i) => number(figure.centre[i]));
  const wide = width >= 480;
  const room = wide
    ? Math.max(...spread.map((one) => reach(one))) + Math.max(...centres.map((one) => reach(one))) + 40
    : 14;
  const rows = figure.labels.map((_, i) => {
    const [low, high, none] = [figure.low[i] ?? NaN, figure.high[i] ?? NaN, figure.null];
    const unclear = none !== null && low <= none && high >= none;
    return { i, low, high, centre: figure.centre[i] ?? NaN, colour: unclear ? 'var(--unclear)' : 'var(--ours)' };
  });
  const x = across(
    figure.axis,
    chained(figure.low, figure.high, figure.centre, [figure.null]),
    width - room - at.left,
    false,
  );
  const stroke = (row: { colour: string }) => row.colour;
  const column = (values: string[], dx: number, fill: string, weight?: number): Markish =>
    text(rows, {
      y: 'i',
      frameAnchor: 'right',
      textAnchor: 'end',
      dx,
      dy: at.middle,
      fill,
      fontWeight: weight,
      text: (row: { i: number }) => values[row.i],
    });
  return {
    options: {
      x: { ...x, grid: true, inset: 8 },
      y: rowAxis(words, at.above),
      color: { type: 'identity' },
      marginLeft: at.left,
      marginRight: room,
      marginTop: 6,
      marks: [
        ...(figure.null === null ? [] : [ruleX([figure.null], { stroke: 'var(--null)', strokeWidth: 1.5 })]),
        ...rowLabels(words, at, width, at.row),
        link(rows, { y1: 'i', y2: 'i', x1: 'low', x2: 'high', stroke, strokeWidth: 2, dy: at.middle }),
        dot(rows, { y: 'i', x: 'centre', fill: stroke, r: 4.5, dy: at.middle }),
        ...(wide
          ? [
              column(centres, room - Math.max(...spread.map((one) => reach(one))) - 14, 'var(--ink)', 650),
              column(spread, room, 'var(--quiet)'),
            ]
          : []),
      ],
    },
    height: at.row * figure.labels.length + 52,
  };
}
