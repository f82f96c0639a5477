// Texts measured and cut without asking the document to lay them out.

/** How far a text of thirteen pixels reaches, without asking the document to lay it out. */
export function reach(text: string, size = 13): number {
  let sum = 0;
  for (const letter of text) {
    if (/[iljtfr.,:;'|!()[\] I]/.test(letter)) sum += 0.34;
    else if (/[mwMW—]/.test(letter)) sum += 0.88;
    else sum += /[A-Z0-9]/.test(letter) ? 0.66 : 0.58;
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

/** A text cut to `width`, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (reach(text) <= width) return text;
  let kept = text;
  while (kept && reach(`${kept}…`) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}
