import { rectY, ruleY } from '@observablehq/plot';
import { number } from '../numerals';
import type { Distribution, Figure, Mark } from '../types';
import { chained, extent, span, titled } from './axes';
import { lines, placedMarks, points } from './curves';
import type { Sketch } from './draw';
import { bars, intervals } from './rows';

function distribution(figure: Distribution, width: number, marks: Mark[]): Sketch {
  const rows = figure.counts.map((count, i) => ({
    low: figure.edges[i] ?? NaN,
    high: figure.edges[i + 1] ?? NaN,
    count: count ?? 0,
  }));
  const all = [...marks];
  if (figure.observed !== null)
    all.unshift({ label: figure.observed_label, x: figure.observed, y: null, role: 'harm' });
  const x = span(
    figure.x,
    extent(chained(figure.edges, ...all.map((one) => [one.x])), figure.x.scale === 'log'),
    width < 420 ? 4 : 6,
    true,
  );
  const y = span({ label: 'count', unit: '', scale: 'linear' }, extent(chained([0], figure.counts)), 4);
  return {
    options: {
      x,
      y,
      marks: [
        rectY(rows, { x1: 'low', x2: 'high', y: 'count', fill: 'var(--rest)', insetLeft: 0.5, insetRight: 0.5 }),
        ruleY([0], { stroke: 'var(--null)' }),
        ...placedMarks(all, x),
      ],
    },
    height: 250,
    probe: {
      xs: rows.map((row) => (row.low + row.high) / 2),
      at: (i) => ({
        x: ((rows[i]?.low ?? NaN) + (rows[i]?.high ?? NaN)) / 2,
        dots: [{ y: rows[i]?.count ?? NaN, colour: 'var(--rest)' }],
        text: [
          `${titled(figure.x)} ${number(rows[i]?.low)} to ${number(rows[i]?.high)}`,
          `count ${number(rows[i]?.count)}`,
        ],
      }),
    },
  };
}

/** The sketch of a figure that Plot draws; null for a figure with a component of its own. */
export function sketch(figure: Figure, width: number, marks: Mark[] = []): Sketch | null {
  switch (figure.kind) {
    case 'lines':
      return lines(figure, width, marks);
    case 'points':
      return points(figure, width, marks);
    case 'bars':
      return bars(figure, width);
    case 'intervals':
      return intervals(figure, width);
    case 'distribution':
      return distribution(figure, width, marks);
    default:
      return null;
  }
}
