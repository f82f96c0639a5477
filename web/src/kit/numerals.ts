// Numbers as a reader wants them, with the same output as report/numerals.py (held by tests/numerals.test.ts).
export const NBSP = '\u00a0';
export const MINUS = '\u2212';
export const ABSENT = '–';

type Maybe = number | null | undefined;

const signed = (text: string) => text.replaceAll('-', MINUS);
const known = (value: Maybe): number => value ?? NaN;
const absent = (value: number) => (Number.isNaN(value) ? ABSENT : value > 0 ? '∞' : `${MINUS}∞`);

/** Whether so many further digits show that a number lies exactly between two, where Python takes the even one. */
const tie = (digits: string) => /^50*$/.test(digits);
const odd = (text: string) => /[13579]\D*$/.test(text);

/** `toFixed` with ties to even. */
export function fixed(value: number, decimals: number): string {
  const up = value.toFixed(decimals);
  const exact = value.toFixed(Math.min(100, decimals + 30));
  const at = exact.indexOf('.') + 1 + decimals;
  if (!odd(up) || !tie(exact.slice(at))) return up;
  const down = exact.slice(0, decimals ? at : at - 1);
  return down;
}

function grouped(value: number, decimals: number): string {
  const [whole = '', rest] = fixed(value, decimals).split('.');
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest === undefined ? text : `${text}.${rest}`;
}

function exponential(value: number, digits: number): [mantissa: string, exponent: number] {
  const [mantissa = '0', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const exact = value.toExponential(Math.min(100, digits + 30)).split('e')[0] ?? '';
  const at = exact.indexOf('.') + digits;
  const down = odd(mantissa) && tie(exact.slice(at));
  return [down ? exact.slice(0, digits > 1 ? at : at - 1) : mantissa, Number(exponent)];
}

const trimmed = (text: string) => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);

/** A number with so many significant digits; whole numbers below ten million in full. */
export function number(given: Maybe, digits = 3, pad = false): string {
  const value = known(given);
  if (!Number.isFinite(value)) return absent(value);
  const size = Math.abs(value);
  if (!pad && Number.isInteger(value) && size < 1e7) return signed(grouped(value, 0));
  const [mantissa, power] = exponential(value, digits);
  if (size && !(size >= 1e-4 && size < 1e7)) return signed(`${pad ? mantissa : trimmed(mantissa)}e${power}`);
  let shown = grouped(value, Math.min(100, Math.max(0, digits - 1 - power)));
  const meant = Number(value.toPrecision(digits));
  if (!pad && Math.abs(meant - value) <= 1e-9 * Math.max(Math.abs(meant), size)) shown = trimmed(shown);
  return signed(shown);
}

/** A share in [0, 1] as a percentage: two digits of the share or of what it lacks to one, whichever is smaller. */
export function percent(given: Maybe, decimals?: number): string {
  const share = known(given);
  if (!Number.isFinite(share)) return absent(share);
  if (Math.abs(share) >= 1e12) return number(share);
  if (decimals === undefined) {
    const rest = 100 * Math.min(Math.abs(share), Math.abs(1 - share));
    if (rest > 0 && rest < 0.01 && share > 0 && share < 1) {
      return share < 0.5 ? `< 0.01${NBSP}%` : `> 99.99${NBSP}%`;
    }
    decimals = rest === 0 ? 0 : Math.min(2, Math.max(0, 1 - Math.floor(Math.log10(rest))));
  }
  return signed(`${grouped(100 * share, decimals)}${NBSP}%`);
}

/** An odds ratio: two decimals, or two digits where it is smaller; the far ends are named as such. */
export function ratio(given: Maybe): string {
  const value = known(given);
  if (Number.isNaN(value)) return ABSENT;
  if (value > 1e6) return '> 1e6';
  if (value < 1e-6) return `< 1e${MINUS}6`;
  if (value >= 100) return grouped(value, 0);
  return value >= 0.1 ? fixed(value, 2) : number(value, 2);
}

/** An interval of odds ratios. */
export function interval(low: Maybe, high: Maybe): string {
  if (Number.isNaN(known(low)) || Number.isNaN(known(high))) return ABSENT;
  const one = ratio(low);
  const other = ratio(high);
  return /[<>∞e]/.test(one + other) ? `${one} to ${other}` : `${one}–${other}`;
}

/** A change of probability in percentage points, with its sign. */
export function points(change: Maybe): string {
  if (!Number.isFinite(known(change))) return absent(known(change));
  const value = 100 * known(change);
  const size = Math.abs(value);
  if (size < 5e-4) return '0.0';
  const decimals = size >= 0.1 ? 1 : size >= 0.01 ? 2 : 3;
  return signed(`${value > 0 ? '+' : ''}${fixed(value, decimals)}`);
}

/** A p-value, as far as it is worth telling. */
export function pValue(given: Maybe): string {
  const p = known(given);
  if (Number.isNaN(p)) return ABSENT;
  return p < 0.001 ? '< 0.001' : fixed(p, p < 0.1 ? 3 : 2);
}

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A power of ten as 10⁵. */
export function power(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPT[Number(digit)]).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** A tick of an axis: short, without rounding what a tick can be. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa, exponent] = exponential(value, 4);
    const short = trimmed(mantissa);
    const front = short === '1' ? '' : short === '-1' ? MINUS : `${signed(short)}·`;
    return `${front}${power(exponent)}`;
  }
  return signed(trimmed(grouped(Number(value.toPrecision(6)), 6)));
}
