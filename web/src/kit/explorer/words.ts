// What the explorer says: a fraction of whom, and a cost ratio as what over what.
import { NBSP, number, percent } from '../numerals';
import { cutText } from './axes';
import type { Costs, Lookup, Point, Rate, Rates } from './explorer';
import { clipped } from './names';

/** Rows, or their weight: whole from ten on. */
export const count = (rows: number) => number(rows >= 10 ? Math.round(rows) : rows);

/** An interval of shares, the unit once, with as many decimals as both ends need. */
export function shares(low: number, high: number): string {
  const [one, other] = [percent(low), percent(high)];
  return `${one.endsWith('%') && !one.startsWith('<') ? one.slice(0, -2) : one} to ${other}`;
}

export function about(rate: Rate): string {
  return `${count(rate.part)} of ${count(rate.whole)}; ${shares(rate.low, rate.high)}`;
}

/** “A miss costs as much as 8 false alarms.” */
export function ratioWords(costs: Costs): string {
  const ratio = costs.fn / costs.fp;
  if (Math.abs(ratio - 1) < 1e-9) return 'Both errors cost the same';
  if (ratio > 1) return `A miss costs as much as ${number(ratio, 2)} false alarms`;
  return `A false alarm costs as much as ${number(1 / ratio, 2)} misses`;
}

const LONGEST = 24; // letters of a name that stand in an axis title or in a sentence

export const named = (positive: string | undefined) => (positive ? `“${clipped(positive, LONGEST)}”` : 'the positives');

/** How many of a hundred alarms are right, in the fewest words that are true. */
function right(precision: Rate): string {
  if (!(precision.whole > 0)) return 'nothing raises an alarm';
  const hundred = precision.value * 100;
  const said =
    hundred > 0 && hundred < 0.95
      ? number(hundred, 1)
      : hundred > 99 && hundred < 100
        ? number(hundred, 3)
        : String(Math.round(hundred));
  return `of 100 alarms ${said} ${said === '1' ? 'is' : 'are'} right`;
}

/** The live sentence. `cost`: of a row. */
export function told(at: Point, found: Rates, cost: number, threshold: number, positive?: string): string {
  return (
    `At ${cutText(threshold)}, ${percent(found.recall.value)} of ${named(positive)} are found (${about(found.recall)}); ` +
    `${right(found.precision)}; per 1,000${NBSP}rows the errors cost ${number(1000 * cost)}.`
  );
}

/** Where the cheapest cut is, and which cuts are as good as far as these rows can tell. */
export function bestWords(table: Lookup, best: number, [first, last]: [number, number], inside: boolean): string {
  const at = (index: number) => cutText(table.threshold[index] ?? 1);
  const end = table.threshold.length - 1;
  const range =
    first === 0 && last === end
      ? 'no threshold can be told from it'
      : first === 0
        ? `none below ${at(last)} can be told from it`
        : last === end
          ? `none above ${at(first)} can be told from it`
          : first === last
            ? 'every other costs more'
            : `from ${at(first)} to ${at(last)} these rows cannot tell the difference`;
  return `The errors cost least at ${at(best)}; ${range}${inside ? ', and this one is among them' : ''}.`;
}
