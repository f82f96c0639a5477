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

/** All pictures inside an element as one SVG, laid out as they stand, with their colours written in. */
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
  for (const one of element.querySelectorAll<HTMLElement | SVGSVGElement>('svg, canvas, h2, h3, h4, figcaption')) {
    const at = one.getBoundingClientRect();
    if (at.width < 2 || at.height < 2 || one.parentElement?.closest('svg, button')) continue;
    const [x, y] = [at.left - box.left, at.top - box.top];
    if (one instanceof SVGSVGElement) {
      const copy = frozen(one);
      for (const [name, value] of Object.entries({ x, y, width: at.width, height: at.height })) {
        copy.setAttribute(name, String(value));
      }
      out.append(copy);
    } else if (one instanceof HTMLCanvasElement) {
      add('image', { x, y, width: at.width, height: at.height, href: one.toDataURL() });
    } else {
      const words = getComputedStyle(one);
      const fill = words.color;
      const size = words.fontSize;
      const made = add('text', { x, y: y + at.height - 5, fill, 'font-size': size, 'font-weight': words.fontWeight });
      made.setAttribute('font-family', words.fontFamily);
      made.textContent = one.textContent;
    }
  }
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
