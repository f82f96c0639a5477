// The waves of one set of parameters, as science/epidemic computes them (held to it by tests/lockdown.test.ts).

const LONGEST_GENERATION = 30;
const LONGEST_INCUBATION = 30;
const LONGEST_DEATH = 70;

/** Parameters of science/epidemic by their names there; days count from the first of the series. */
export interface Draw {
  reproduction_before: number;
  reproduction_after: number;
  infections: number;
  generation_mean: number;
  generation_sd: number;
  incubation_mean: number;
  incubation_sd: number;
  report_early: number;
  report_late: number;
  report_mid: number;
  report_width: number;
  death_mean: number;
  death_sd: number;
  fatality: number;
  narrow: number;
  ramp: number;
  clearing: number;
}
export interface Series {
  infections: Float64Array;
  onsets: Float64Array;
  reports: Float64Array;
  deaths: Float64Array;
}
/** What of a draw does not depend on the day of the lockdown. */
export interface Prepared {
  draw: Draw;
  growth: number;
  generation: Float64Array;
  incubation: Float64Array;
  death: Float64Array;
  /** of those who wait at noon or midnight, the share still waiting half a day later, by day */
  half: Float64Array;
  days: number;
  definition: number;
}

/** The error function: its series near zero, a continued fraction of its complement beyond. */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 80 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let below = 0;
  for (let n = 60; n > 0; n--) below = n / 2 / (z + below);
  return Math.sign(x) * (1 - Math.exp(-z * z) / ((z + below) * Math.sqrt(Math.PI)));
}

/** Probabilities of waits of 0 … longest days under a log-normal law; events fall anywhere in their days. */
export function lognormalDays(mean: number, sd: number, longest: number): Float64Array {
  const p = new Float64Array(longest + 1);
  const spread = Math.sqrt(Math.log(1 + (sd / mean) ** 2));
  let before = 0;
  let here = 0;
  let total = 0;
  for (let d = 0; d <= longest; d++) {
    const x = d + 1;
    const z = (Math.log(x / mean) + (spread * spread) / 2) / spread;
    const after = x * 0.5 * (1 + erf(z * Math.SQRT1_2)) - mean * 0.5 * (1 + erf((z - spread) * Math.SQRT1_2));
    p[d] = Math.max(after - 2 * here + before, 0);
    before = here;
    here = after;
    total += p[d]!;
  }
  return p.map((one) => one / total);
}

/** The growth r of R Σ g_s e^(−r s) = 1, by Newton's method on the logarithm. */
export function growthOf(reproduction: number, generation: Float64Array): number {
  const mean = generation.reduce((sum, one, s) => sum + s * one, 0);
  let r = Math.log(reproduction) / mean;
  for (let round = 0; round < 60; round++) {
    let total = 0;
    let slope = 0;
    generation.forEach((one, s) => {
      const part = one * Math.exp(-r * s);
      total += part;
      slope += s * part;
    });
    const step = ((Math.log(reproduction) + Math.log(total)) * total) / slope;
    r += step;
    if (Math.abs(step) < 1e-13 * (1 + Math.abs(r))) break;
  }
  return r;
}

/** The delays of a draw; `definition` is the day from which the wide definition counts, negative for none. */
export function prepared(draw: Draw, days: number, definition: number): Prepared {
  const generation = lognormalDays(draw.generation_mean, draw.generation_sd, LONGEST_GENERATION);
  const rest = 1 - generation[0]!;
  generation[0] = 0;
  for (let s = 1; s < generation.length; s++) generation[s]! /= rest;
  const half = Float64Array.from({ length: days }, (_, t) => {
    const fall = (draw.report_early - draw.report_late) / (1 + Math.exp((t - draw.report_mid) / draw.report_width));
    return Math.exp((-0.5 * Math.LN2) / (draw.report_late + fall));
  });
  return {
    draw,
    growth: growthOf(draw.reproduction_before, generation),
    generation,
    incubation: lognormalDays(draw.incubation_mean, draw.incubation_sd, LONGEST_INCUBATION),
    death: lognormalDays(draw.death_mean, draw.death_sd, LONGEST_DEATH),
    half,
    days,
    definition,
  };
}

/** The same delays with other reproduction numbers. */
export function spreading(of: Prepared, before: number, after: number): Prepared {
  const draw = { ...of.draw, reproduction_before: before, reproduction_after: after };
  return { ...of, draw, growth: growthOf(before, of.generation) };
}

function delayed(x: Float64Array, p: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let t = 0; t < x.length; t++) {
    const last = Math.min(p.length - 1, t);
    let total = 0;
    for (let d = 0; d <= last; d++) total += p[d]! * x[t - d]!;
    out[t] = total;
  }
  return out;
}

/** Reports of onsets by day: the narrow definition counts a share, and the rest waits for the wide one. */
export function reported(onsets: Float64Array, of: Prepared): Float64Array {
  const out = new Float64Array(of.days);
  const { definition, half, draw } = of;
  const narrow = definition >= 0 ? draw.narrow : 1;
  let waiting = 0;
  let backlog = 0;
  for (let t = 0; t < of.days; t++) {
    const share = half[t]!;
    const count = waiting * (1 - share * share) + onsets[t]! * (1 - share);
    waiting += onsets[t]! - count;
    if (t < definition) {
      backlog += (1 - narrow) * count;
      out[t] = narrow * count;
    } else {
      const cleared = definition >= 0 ? draw.clearing * backlog : 0;
      backlog -= cleared;
      out[t] = count + cleared;
    }
  }
  return out;
}

/**
 * Infections (of those that come to be reported), onsets, reports and deaths by day. `anchor` is the day that the draw's
 * infections speak of, `lockdown` the first day of the new reproduction number; of infections from day `until` on none
 * is followed.
 */
export function waves(of: Prepared, lockdown: number, anchor: number, until = -1): Series {
  const { draw, growth, generation, days } = of;
  // Before day 0 lies what the first days' pressure looks back to, so that no day asks where it stands.
  const back = generation.length - 1;
  const course = new Float64Array(back + days);
  for (let t = -back; t < Math.max(0, Math.min(lockdown, days)); t++)
    course[back + t] = draw.infections * Math.exp(growth * (t - anchor));
  for (let t = Math.max(lockdown, 0); t < days; t++) {
    let pressure = 0;
    for (let s = 1; s <= back; s++) pressure += generation[s]! * course[back + t - s]!;
    const share = draw.ramp <= 0 ? 1 : Math.min((t - lockdown + 1) / draw.ramp, 1);
    course[back + t] =
      (draw.reproduction_before + (draw.reproduction_after - draw.reproduction_before) * share) * pressure;
  }
  const infections = course.slice(back);
  if (until >= 0) infections.fill(0, until);
  const onsets = delayed(infections, of.incubation);
  const deaths = delayed(onsets, of.death).map((one) => one * draw.fatality);
  return { infections, onsets, reports: reported(onsets, of), deaths };
}
