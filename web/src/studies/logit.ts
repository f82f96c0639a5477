// The logistic curve of points on a line, fitted again as they are dragged: the arithmetic of science/logit with two
// parameters (held against Python's by tests/logit.test.ts).

export interface Point {
  x: number;
  label: 0 | 1;
}
export interface Curve {
  intercept: number;
  slope: number;
}
export interface Fit extends Curve {
  /** separated: no finite slope is likeliest (it is then infinite, with its sign); one class: no finite intercept. */
  status: 'fitted' | 'separated' | 'one class';
}

export const MOST_POINTS = 60;

export function parse(text: string): Point[] {
  return text
    .trim()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((one) => {
      const [x, label] = one.split(':');
      return { x: Number(x), label: label === '1' ? 1 : 0 };
    });
}

export const spelled = (points: Point[]) => points.map((one) => `${one.x}:${one.label}`).join(' ');

export const sigmoid = (eta: number) => {
  const small = Math.exp(-Math.abs(eta));
  return (eta >= 0 ? 1 : small) / (1 + small);
};

/** −log p(label), in nats, without overflow. */
export function pointLoss(eta: number, label: 0 | 1): number {
  const signed = label ? -eta : eta;
  return Math.max(signed, 0) + Math.log1p(Math.exp(-Math.abs(signed)));
}

export function logLoss(points: Point[], { intercept, slope }: Curve): number {
  return points.reduce((sum, one) => sum + pointLoss(intercept + slope * one.x, one.label), 0) / points.length;
}

/** The sums of (p − y) and of (p − y)·x: the gradient of the summed loss. */
export function gradient(points: Point[], { intercept, slope }: Curve): [number, number] {
  let [first, second] = [0, 0];
  for (const { x, label } of points) {
    const residual = sigmoid(intercept + slope * x) - label;
    first += residual;
    second += residual * x;
  }
  return [first, second];
}

/** Whether a cut on the line divides the labels (values on the cut itself may be of both): the sign of the slope. */
export function separation(points: Point[]): -1 | 0 | 1 {
  const of = (label: 0 | 1) => points.filter((one) => one.label === label).map((one) => one.x);
  const [zeros, ones] = [of(0), of(1)];
  const all = [...zeros, ...ones];
  if (!zeros.length || !ones.length || Math.max(...all) === Math.min(...all)) return 0;
  if (Math.max(...zeros) <= Math.min(...ones)) return 1;
  return Math.max(...ones) <= Math.min(...zeros) ? -1 : 0;
}

/** Minimises the summed log loss + ridge/2 · slope², by Newton's method with halved steps. */
export function fit(points: Point[], ridge = 0): Fit {
  const n = points.length;
  const ones = points.reduce((sum, one) => sum + one.label, 0);
  if (!ones || ones === n) return { status: 'one class', intercept: ones ? Infinity : -Infinity, slope: 0 };
  const side = ridge > 0 ? 0 : separation(points);
  if (side) return { status: 'separated', intercept: NaN, slope: side * Infinity };
  const middle = points.reduce((sum, one) => sum + one.x, 0) / n;
  const away = points.map((one) => ({ x: one.x - middle, label: one.label }));
  const level = Math.log(ones / (n - ones));
  if (Math.max(...away.map((one) => Math.abs(one.x))) < 1e-12) return { status: 'fitted', intercept: level, slope: 0 };
  const cost = (at: Curve) => n * logLoss(away, at) + (ridge * at.slope ** 2) / 2;
  let at: Curve = { intercept: level, slope: 0 };
  for (let pass = 0; pass < 100; pass++) {
    const [first, plain] = gradient(away, at);
    const second = plain + ridge * at.slope;
    let [h00, h01, h11] = [0, 0, ridge];
    for (const { x } of away) {
      const p = sigmoid(at.intercept + at.slope * x);
      const weight = p * (1 - p);
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
    const determinant = h00 * h11 - h01 * h01;
    const step = {
      intercept: (h11 * first - h01 * second) / determinant,
      slope: (h00 * second - h01 * first) / determinant,
    };
    const now = cost(at);
    let share = 1;
    let next = at;
    for (; share > 1e-10; share /= 2) {
      next = { intercept: at.intercept - share * step.intercept, slope: at.slope - share * step.slope };
      if (cost(next) <= now + 1e-14 * Math.abs(now)) break;
    }
    at = next;
    if (Math.abs(step.slope) + Math.abs(step.intercept) < 1e-12 * (1 + Math.abs(at.slope))) break;
  }
  return { status: 'fitted', intercept: at.intercept - at.slope * middle, slope: at.slope };
}

/** For a slope, the intercept with the smallest loss: where the probabilities sum to the number of ones. */
export function bestIntercept(points: Point[], slope: number): number {
  const ones = points.reduce((sum, one) => sum + one.label, 0);
  if (!ones || ones === points.length) return ones ? Infinity : -Infinity;
  const reach = 40 + Math.max(...points.map((one) => Math.abs(slope * one.x)));
  let [low, high] = [-reach, reach];
  for (let pass = 0; pass < 100; pass++) {
    const middle = (low + high) / 2;
    const sum = points.reduce((total, one) => total + sigmoid(middle + slope * one.x), 0);
    if (sum > ones) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Mean log loss at a slope, the intercept at its best. */
export const slopeLoss = (points: Point[], slope: number) =>
  logLoss(points, { slope, intercept: bestIntercept(points, slope) });
