// Sine and cosine by the same polynomials as the compiled carts of science/control, so that a cart here goes the same
// way to the last bit: a policy that pushes by a sign turns a last bit into another motion.
const ROUND = 1.5 * 2 ** 52; // added and taken away again: rounds to a whole number
const NEAR = 0.75; // rad: no quarter turn to take off
const TURN = 0.6366197723675814; // 2 / π
const [Q1, Q2, Q3] = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];

function over(k: number): number {
  let factorial = 1;
  for (let i = 2; i <= k; i += 1) factorial *= i;
  return (Math.floor(k / 2) % 2 ? -1 : 1) / factorial;
}
const [S3, S5, S7, S9] = [over(3), over(5), over(7), over(9)];
const [S11, S13, S15, S17] = [over(11), over(13), over(15), over(17)];
const [C4, C6, C8, C10] = [over(4), over(6), over(8), over(10)];
const [C12, C14, C16] = [over(12), over(14), over(16)];

function near(r: number): [number, number] {
  const r2 = r * r;
  const r4 = r2 * r2;
  const r8 = r4 * r4;
  const p = S3 + r2 * S5 + r4 * (S7 + r2 * S9) + r8 * (S11 + r2 * S13 + r4 * (S15 + r2 * S17));
  const q = C4 + r2 * C6 + r4 * (C8 + r2 * C10) + r8 * (C12 + r2 * C14 + r4 * C16);
  const half = 0.5 * r2;
  const most = 1 - half;
  return [r + r * r2 * p, most + (1 - most - half + r4 * q)];
}

/** Both of an angle in radians, up to about a million. */
export function sineCosine(x: number): [number, number] {
  if (Math.abs(x) <= NEAR) return near(x);
  const turns = x * TURN + ROUND - ROUND;
  const [sin, cos] = near(x - turns * Q1 - turns * Q2 - turns * Q3);
  const odd = turns - 4 * (turns * 0.25 + ROUND - ROUND); // -2, -1, 0, 1 or 2
  const [swapped, back] = [Math.abs(odd) === 1, Math.abs(odd) === 2];
  const [sine, cosine] = swapped ? [cos, sin] : [sin, cos];
  return [back || odd === -1 ? -sine : sine, back || odd === 1 ? -cosine : cosine];
}
