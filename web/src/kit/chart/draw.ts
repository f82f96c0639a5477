import { axisX, axisY, gridX, gridY, plot, type PlotOptions } from '@observablehq/plot';
import { tick } from '../numerals';
import { cut, reach, wrapped } from './text';

export { cut, reach, wrapped };

/** A name of a colour, above the picture. */
export interface Key {
  name: string;
  colour: string;
  shape?: 'line' | 'dashed' | 'dot' | 'square';
}

/** A name at the right end of its curve. */
export interface End {
  name: string;
  colour: string;
  dashed: boolean;
  y: number;
}

/** What the pointer or the arrow keys read off: places along x, and what is said of each. */
export interface Probe {
  xs: number[];
  /** Where given, the nearest place is sought in the plane. */
  ys?: number[];
  at: (i: number) => { x: number; dots: { y: number; colour: string }[]; text: string[] };
}

/** A picture before it is drawn. */
export interface Sketch {
  options: PlotOptions;
  height: number;
  keys?: Key[];
  ends?: End[];
  probe?: Probe;
}

const SVG = 'http://www.w3.org/2000/svg';
const ROW = 20;
const LINE = 17;

export function put(parent: Element, name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

function label(svg: Element, x: number, y: number, words: string, colour = 'var(--ink)', anchor = 'start'): void {
  put(svg, 'text', { x, y, fill: colour, 'text-anchor': anchor }, words);
}

/** Keys in rows from the left: where each stands, and how many rows there are. */
function placed(keys: Key[], width: number): { at: [number, number][]; rows: number } {
  const at: [number, number][] = [];
  let x = 0;
  let row = 0;
  for (const key of keys) {
    const wide = 22 + reach(key.name);
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    at.push([x, row]);
    x += wide + 18;
  }
  return { at, rows: keys.length ? row + 1 : 0 };
}

type Scaled = ReturnType<ReturnType<typeof plot>['scale']>;
export type Drawn = SVGSVGElement & { scale: (name: string) => Scaled; left: number };

export interface Frame {
  width: number;
  height: number;
  alt: string;
  keys?: Key[];
  ends?: End[];
  /** What the numbers of y took the last time, so that a moving picture does not shift sideways. */
  left?: number;
}

/**
 * One picture by Observable Plot. The title of y stands above the picture at its left, that of x below its ticks at the
 * right, so that neither crowds a number; both come from the scale's `label`.
 */
export function draw(options: PlotOptions, frame: Frame): Drawn {
  const { width, height, alt, keys = [], ends = [] } = frame;
  const { x = {}, y = {}, marks = [], ...rest } = options;
  const over = typeof y.label === 'string' && y.label ? wrapped(y.label, width) : [];
  const under = typeof x.label === 'string' && x.label ? wrapped(x.label, width) : [];
  const { at, rows } = placed(keys, width);
  const head = rows ? rows * ROW + 6 : 0;
  const top = options.marginTop ?? head + (over.length ? over.length * LINE + 10 : 10);
  const bottom = options.marginBottom ?? (x.axis === null ? 8 : 27) + under.length * LINE;
  const left = options.marginLeft ?? (y.axis === null ? 2 : (frame.left ?? 30));
  const right = options.marginRight ?? (ends.length ? Math.max(...ends.map((end) => reach(end.name))) + 32 : 16);
  const text = { fill: 'var(--quiet)', tickSize: 0, tickPadding: 8, label: null };
  const line = { stroke: 'var(--grid)', strokeOpacity: 1 };
  const svg = plot({
    ...rest,
    width,
    height,
    marginTop: top,
    marginBottom: bottom,
    marginLeft: left,
    marginRight: right,
    className: 'plot',
    x: { ...x, label: null, axis: null, grid: false },
    y: { ...y, label: null, axis: null, grid: false },
    marks: [
      x.grid ? gridX({ ...line, ticks: x.ticks }) : null,
      y.axis !== null && y.grid !== false ? gridY({ ...line, ticks: y.ticks, tickSpacing: 46 }) : null,
      x.axis === null ? null : axisX({ ...text, ticks: x.ticks, tickFormat: x.tickFormat ?? shown, tickSpacing: 84 }),
      y.axis === null ? null : axisY({ ...text, ticks: y.ticks, tickFormat: y.tickFormat ?? shown, tickSpacing: 46 }),
      marks,
    ],
  }) as unknown as Drawn;
  // Plot's own sheet is in base.css: a page that forbids inline styles takes none.
  svg.querySelector('style')?.remove();
  if (options.marginLeft === undefined && y.axis !== null) {
    const ticks = [...svg.querySelectorAll('[aria-label="y-axis tick label"] text')];
    const wide = Math.ceil(Math.max(0, ...ticks.map((one) => reach(one.textContent ?? ''))) + 14);
    if (wide > left) return draw(options, { ...frame, left: wide });
  }
  svg.left = left;
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', alt);
  // Plot names its groups, which have no role that may carry a name; the whole picture has one.
  for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  keys.forEach((key, i) => drawKey(svg, key, at[i]![0], at[i]![1] * ROW + 8));
  over.forEach((words, i) => label(svg, 0, head + 12 + i * LINE, words, 'var(--quiet)'));
  under.forEach((words, i) =>
    label(svg, width - right, height - 5 - (under.length - 1 - i) * LINE, words, 'var(--quiet)', 'end'),
  );
  if (ends.length) drawEnds(svg, ends, width - right, top, height - bottom);
  return svg;
}

function swatch(svg: Element, colour: string, x: number, y: number, dashed: boolean): void {
  const dash: Record<string, string> = dashed ? { 'stroke-dasharray': '4 3' } : {};
  put(svg, 'line', { x1: x, x2: x + 15, y1: y, y2: y, stroke: colour, 'stroke-width': 2.5, ...dash });
}

function drawKey(svg: Element, key: Key, x: number, y: number): void {
  if (key.shape === 'dot') put(svg, 'circle', { cx: x + 6, cy: y, r: 4.5, fill: key.colour });
  else if (key.shape === 'square') put(svg, 'rect', { x, y: y - 5.5, width: 11, height: 11, rx: 2, fill: key.colour });
  else swatch(svg, key.colour, x, y, key.shape === 'dashed');
  label(svg, x + (key.shape === 'dot' || key.shape === 'square' ? 17 : 21), y + 4.5, key.name);
}

/** Names at the ends of their curves, moved apart where they would touch. */
function drawEnds(svg: Drawn, ends: End[], x: number, top: number, bottom: number): void {
  const scale = svg.scale('y');
  const rows = ends
    .map((end) => ({ end, y: Number(scale?.apply(end.y)) }))
    .filter((row) => Number.isFinite(row.y))
    .sort((one, other) => one.y - other.y);
  for (let i = 1; i < rows.length; i += 1) rows[i]!.y = Math.max(rows[i]!.y, rows[i - 1]!.y + LINE);
  const excess = (rows[rows.length - 1]?.y ?? 0) - bottom;
  if (excess > 0) for (const row of rows) row.y = Math.max(top, row.y - excess);
  for (const { end, y } of rows) {
    swatch(svg, end.colour, x + 5, y, end.dashed);
    label(svg, x + 25, y + 4.5, end.name);
  }
}

function shown(value: unknown): string {
  return typeof value === 'number' ? tick(value) : String(value);
}
