import type { Outcome, Table } from './types';

/** Hands the reader a file. */
export function hand(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as CSV (RFC 4180), a header first. */
export function csv(table: Table): string {
  const names = Object.keys(table.columns);
  const rows = Math.max(0, ...names.map((name) => table.columns[name]?.length ?? 0));
  const lines = [names.map(cell).join(',')];
  for (let i = 0; i < rows; i += 1) lines.push(names.map((name) => cell(table.columns[name]?.[i])).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** The outcome's tables; where it has none, its single numbers. */
export function tables(outcome: Outcome): Record<string, Table> {
  if (Object.keys(outcome.tables).length) return outcome.tables;
  const names = Object.keys(outcome.numbers);
  return { numbers: { columns: { name: names, value: names.map((name) => outcome.numbers[name] ?? null) }, note: '' } };
}

const COPIED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'opacity',
  'font-size',
  'font-weight',
  'font-family',
  'text-anchor',
  'paint-order',
  'visibility',
  'display',
];

function frozen(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((one, i) => {
    const style = getComputedStyle(one);
    for (const name of COPIED) {
      const value = style.getPropertyValue(name);
      if (value) copies[i]!.setAttribute(name, value);
    }
    copies[i]!.removeAttribute('class');
  });
  return copy;
}

/** The lines that a text is broken into, and where they stand. */
function lines(text: Text): { words: string; left: number; top: number; bottom: number }[] {
  const out: { words: string; left: number; top: number; bottom: number }[] = [];
  const range = document.createRange();
  for (const found of text.data.matchAll(/\S+\s*/g)) {
    range.setStart(text, found.index);
    range.setEnd(text, found.index + found[0].trimEnd().length);
    const at = range.getClientRects()[0];
    if (!at || !at.width) continue;
    const last = out[out.length - 1];
    if (last && Math.abs(last.top - at.top) < 3) last.words += found[0];
    else out.push({ words: found[0], left: at.left, top: at.top, bottom: at.bottom });
  }
  return out;
}

/** All that is drawn inside an element as one SVG, laid out as it stands, with its colours written in. */
export function picture(element: HTMLElement): { text: string; width: number; height: number } {
  const box = element.getBoundingClientRect();
  const [width, height] = [Math.ceil(box.width), Math.ceil(box.height)];
  const style = getComputedStyle(element);
  const out = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  out.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  for (const [name, value] of [
    ['width', width],
    ['height', height],
    ['viewBox', `0 0 ${width} ${height}`],
  ] as const) {
    out.setAttribute(name, String(value));
  }
  const add = (name: string, attributes: Record<string, string | number>) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    out.append(made);
    return made;
  };
  add('rect', { width, height, fill: style.getPropertyValue('--card').trim() || '#ffffff' });
  const walk = (one: Element) => {
    if (one.matches('input, select, .screen, .unseen, :not(td) > button')) return;
    const at = one.getBoundingClientRect();
    const look = getComputedStyle(one);
    if (look.display === 'none' || look.visibility === 'hidden') return;
    const [x, y] = [at.left - box.left, at.top - box.top];
    if (one instanceof SVGSVGElement) {
      if (at.width < 2 || at.height < 2) return;
      const copy = frozen(one);
      for (const [name, value] of Object.entries({ x, y, width: at.width, height: at.height })) {
        copy.setAttribute(name, String(value));
      }
      out.append(copy);
      return;
    }
    if (one instanceof HTMLCanvasElement) {
      if (at.width && at.height) add('image', { x, y, width: at.width, height: at.height, href: one.toDataURL() });
      return;
    }
    // A box that is drawn: a card, a bar, a key.
    const filled = !/^(transparent|rgba\(.*, 0\))$/.test(look.backgroundColor);
    const edged = parseFloat(look.borderLeftWidth) > 0 && parseFloat(look.borderRightWidth) > 0;
    if ((filled || edged) && one !== element && at.width && at.height) {
      add('rect', {
        ...{
          x,
          y,
          width: at.width,
          height: at.height,
          rx: Math.min(parseFloat(look.borderRadius) || 0, at.height / 2),
        },
        fill: filled ? look.backgroundColor : 'none',
        ...(edged ? { stroke: look.borderLeftColor, 'stroke-width': parseFloat(look.borderLeftWidth) } : {}),
      });
    }
    for (const child of one.childNodes) {
      if (child instanceof Element) walk(child);
      else if (child instanceof Text)
        for (const line of lines(child)) {
          const made = add('text', {
            x: line.left - box.left,
            y: (line.top + line.bottom) / 2 - box.top + 0.35 * parseFloat(look.fontSize),
            fill: look.color,
            'font-size': look.fontSize,
            'font-weight': look.fontWeight,
            'font-family': look.fontFamily,
          });
          made.textContent = line.words;
        }
    }
  };
  walk(element);
  return { text: new XMLSerializer().serializeToString(out), width, height };
}

/** The same as pixels, two to a point. */
export async function png(element: HTMLElement): Promise<Blob> {
  const { text, width, height } = picture(element);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png'),
  );
}
