// The tail of a binomial, as far as a test needs it.

/** Log of the gamma function, by Lanczos' sum (g = 7, nine terms). */
function logGamma(x: number): number {
  const terms = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  let sum = terms[0]!;
  for (let k = 1; k < 9; k += 1) sum += terms[k]! / (x - 1 + k);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function, by its continued fraction (Lentz's way of evaluating it). */
export function betainc(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betainc(b, a, 1 - x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const safe = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let c = 1;
  let out = d;
  for (let m = 1; m < 20_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    out *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    out *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return front * out;
}

/**
 * Whether a binomial's tail from `many` of `many + few` on is longer than `tail`. Chernoff's bound of it settles most
 * without a sum: the tail is at most exp(-n KL(many / n, chance)).
 */
export function likely(many: number, few: number, chance: number, tail: number): boolean {
  const rows = many + few;
  if (!(many > 0) || many <= rows * chance) return true;
  const apart = many * Math.log(many / (rows * chance)) + (few > 0 ? few * Math.log(few / (rows * (1 - chance))) : 0);
  return Math.exp(-apart) > tail && betainc(many, few + 1, chance) > tail;
}
