// Where every person stands, in two pictures of the same people. Places follow from the counts, never the other way.
import { FN, FP, TN, TP, type Cells } from '../counts';

export interface Places {
  x: Float32Array;
  y: Float32Array;
  radius: number;
}

export interface ScoreFrame {
  low: number;
  high: number;
  width: number;
  /** where the two crowds meet: the ill stand above, the healthy hang below */
  base: number;
  pitch: number;
  at: (score: number) => number;
  score: (x: number) => number;
}

/** The frame of the scores: from below all healthy to above all ill, dots as large as the highest stack allows. */
export function scoreFrame(width: number, height: number, people: number, separation: number, ill: number): ScoreFrame {
  const [low, high] = [-3.5, separation + 3.5];
  const unit = width / (high - low);
  const room = height - 16;
  const pitch = Math.max(1.5, Math.min(12, 0.76 * Math.sqrt((room * unit) / (0.4 * people))));
  const share = Math.min(0.86, Math.max(0.14, ill / people));
  return {
    low,
    high,
    width,
    base: 8 + room * share,
    pitch,
    at: (score) => (score - low) * unit,
    score: (x) => low + x / unit,
  };
}

/** Everybody in stacks by score, ill people upwards and healthy ones downwards from the base. */
export function stacked(scored: Float64Array, ill: number, frame: ScoreFrame): Places {
  const { pitch, base, width } = frame;
  const columns = Math.max(1, Math.floor(width / pitch));
  const up = new Uint16Array(columns);
  const down = new Uint16Array(columns);
  const x = new Float32Array(scored.length);
  const y = new Float32Array(scored.length);
  for (let i = 0; i < scored.length; i += 1) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(frame.at(scored[i]!) / pitch)));
    x[i] = (column + 0.5) * pitch;
    if (i < ill) y[i] = base - 3 - (up[column]!++ + 0.5) * pitch;
    else y[i] = base + 3 + (down[column]!++ + 0.5) * pitch;
  }
  return { x, y, radius: 0.41 * pitch };
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The four fields of the mosaic, by kind: a column as wide as its share of people, its top as high as the share called. */
export function mosaic({ tn, fp, fn, tp }: Cells, width: number, height: number, gap = 4): Box[] {
  const all = tn + fp + fn + tp;
  const room = width - gap;
  const left = (room * (tp + fn)) / all;
  const right = room - left;
  const top = (called: number, of: number) => (of ? (height * called) / of : 0);
  const found = top(tp, tp + fn);
  const alarmed = top(fp, fp + tn);
  const out: Box[] = [];
  out[TP] = { x: 0, y: 0, width: left, height: found };
  out[FN] = { x: 0, y: found, width: left, height: height - found };
  out[FP] = { x: left + gap, y: 0, width: right, height: alarmed };
  out[TN] = { x: left + gap, y: alarmed, width: right, height: height - alarmed };
  return out;
}

/** Everybody within the field of their kind, evenly, highest score first. */
export function filled(kind: Uint8Array, scored: Float64Array, boxes: Box[], radius: number): Places {
  const x = new Float32Array(kind.length);
  const y = new Float32Array(kind.length);
  const order = Uint16Array.from(kind.keys()).sort((a, b) => scored[b]! - scored[a]! || a - b);
  const members: number[][] = [[], [], [], []];
  for (const i of order) members[kind[i]!]!.push(i);
  members.forEach((mine, k) => {
    const box = boxes[k]!;
    if (!mine.length) return;
    const columns = Math.max(
      1,
      Math.min(mine.length, Math.round(Math.sqrt((mine.length * box.width) / Math.max(box.height, 1e-9)))),
    );
    const rows = Math.ceil(mine.length / columns);
    mine.forEach((i, n) => {
      x[i] = box.x + (((n % columns) + 0.5) * box.width) / columns;
      y[i] = box.y + ((Math.floor(n / columns) + 0.5) * box.height) / rows;
    });
  });
  return { x, y, radius };
}
