import { axisX, axisY, gridX, gridY, plot, type PlotOptions } from '@observablehq/plot';
import { tick } from '../numerals';

export interface Key {
  name: string;
  colour: string;
  shape?: 'line' | 'dashed' | 'dot' | 'square';
}

/** How far a text of thirteen pixels reaches, without asking the document to lay it out. */
export function reach(text: string, size = 13): number {
  let sum = 0;
  for (const letter of text) {
    sum += /[ilj.,:;'|!()[\] I]/.test(letter)
      ? 0.31
      : /[mwMW—]/.test(letter)
        ? 0.86
        : /[A-Z]/.test(letter)
          ? 0.68
          : 0.57;
  }
  return sum * size;
}

/** A text in lines no longer than `width`. */
export function wrapped(text: string, width: number): string[] {
  const out: string[] = [];
  for (const word of text.split(' ')) {
    const last = out[out.length - 1];
    if (last !== undefined && reach(`${last} ${word}`) <= width) out[out.length - 1] = `${last} ${word}`;
    else out.push(word);
  }
  return out;
}

const SVG = 'http://www.w3.org/2000/svg';

function put(svg: SVGSVGElement, name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text) made.textContent = text;
  svg.append(made);
  return made;
}

const ROW = 20;

/** Keys in rows from the left; returns where each stands and how many rows there are. */
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

export type Drawn = SVGSVGElement & { scale: (name: string) => ReturnType<ReturnType<typeof plot>['scale']> };

/**
 * One picture by Observable Plot. The title of y stands above the picture at its left, that of x below its ticks at the
 * right, so that neither crowds a number; both come from the scale's `label`.
 */
export function draw(options: PlotOptions, width: number, height: number, alt: string, keys: Key[] = []): Drawn {
  const { x = {}, y = {}, marks = [], ...rest } = options;
  const title = { x: typeof x.label === 'string' ? x.label : '', y: typeof y.label === 'string' ? y.label : '' };
  const lines = title.y ? wrapped(title.y, width) : [];
  const { at, rows } = placed(keys, width);
  const top = options.marginTop ?? (rows ? rows * ROW + 6 : 0) + (lines.length ? lines.length * 17 + 10 : 10);
  const below = title.x ? wrapped(title.x, width) : [];
  const bottom = options.marginBottom ?? (x.axis === null ? 6 : 26) + below.length * 17;
  const svg = plot({
    ...rest,
    width,
    height,
    marginTop: top,
    marginBottom: bottom,
    marginLeft: options.marginLeft ?? (y.axis === null ? 2 : 46),
    marginRight: options.marginRight ?? 14,
    className: 'plot',
    x: { ...x, label: null, axis: null, grid: false },
    y: { ...y, label: null, axis: null, grid: false },
    marks: [
      ...(x.grid ? [gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: x.ticks })] : []),
      ...(y.axis !== null && y.grid !== false
        ? [gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: y.ticks })]
        : []),
      ...(x.axis !== null
        ? [
            axisX({
              tickSize: 0,
              tickPadding: 8,
              fill: 'var(--quiet)',
              label: null,
              ticks: x.ticks,
              tickFormat: x.tickFormat ?? shown,
            }),
          ]
        : []),
      ...(y.axis !== null
        ? [
            axisY({
              tickSize: 0,
              tickPadding: 8,
              fill: 'var(--quiet)',
              label: null,
              ticks: y.ticks,
              tickFormat: y.tickFormat ?? shown,
            }),
          ]
        : []),
      marks,
    ],
  }) as unknown as Drawn;
  // Plot's own sheet is in base.css: a page that forbids inline styles takes none.
  svg.querySelector('style')?.remove();
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', alt);
  keys.forEach((key, i) => {
    const [left, row] = at[i]!;
    const middle = row * ROW + 8;
    if (key.shape === 'dot') put(svg, 'circle', { cx: left + 6, cy: middle, r: 4, fill: key.colour });
    else if (key.shape === 'square')
      put(svg, 'rect', { x: left, y: middle - 5, width: 11, height: 11, rx: 2, fill: key.colour });
    else {
      const dash: Record<string, string> = key.shape === 'dashed' ? { 'stroke-dasharray': '4 3' } : {};
      put(svg, 'line', {
        x1: left,
        x2: left + 15,
        y1: middle,
        y2: middle,
        stroke: key.colour,
        'stroke-width': 2.5,
        ...dash,
      });
    }
    put(svg, 'text', { x: left + 21, y: middle + 4.5, fill: 'var(--ink)' }, key.name);
  });
  lines.forEach((line, i) =>
    put(svg, 'text', { x: 0, y: (rows ? rows * ROW + 6 : 0) + 12 + i * 17, fill: 'var(--quiet)' }, line),
  );
  below.forEach((line, i) => {
    const y = height - 4 - (below.length - 1 - i) * 17;
    put(svg, 'text', { x: width - (options.marginRight ?? 14), y, 'text-anchor': 'end', fill: 'var(--quiet)' }, line);
  });
  return svg;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? tick(value) : String(value);
}
