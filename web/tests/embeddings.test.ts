import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../src/kit/types';
import {
  averages,
  chance,
  kept,
  pairs,
  places,
  reading,
  sentences,
  split,
  verdict,
  verdicts,
  words,
} from '../src/studies/embeddings';

interface Case {
  word: string;
  layer: number;
  centred: boolean;
  same: number[];
  other: number[];
  typed: number[];
  within: number;
  between: number;
  taken: 0 | 1 | null;
}
const { outcome, cases, texts } = JSON.parse(
  readFileSync(new URL('./fixtures/embeddings.json', import.meta.url), 'utf-8'),
) as { outcome: Outcome; cases: Case[]; texts: Record<string, string[]> };
const mean = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;

describe('embeddings, against Python', () => {
  it('finds every pair of a word at a layer, by sense', () => {
    for (const one of cases) {
      const senses = sentences(outcome, one.word).map((each) => each.sense);
      const found = split(pairs(outcome, one.word, one.layer, one.centred), senses);
      expect(found.same.map((each) => each.cosine)).toEqual(one.same);
      expect(found.other.map((each) => each.cosine)).toEqual(one.other);
      expect(found.typed.map((each) => each.cosine)).toEqual(one.typed);
    }
  });

  it('averages what it shows', () => {
    for (const one of cases) {
      const row = averages(outcome, one.word, one.centred)[one.layer]!;
      expect(row.within).toBeCloseTo(one.within, 5);
      expect(row.between).toBeCloseTo(one.between, 5);
      expect(mean(one.same)).toBeCloseTo(row.within, 3);
      expect(mean(one.other)).toBeCloseTo(row.between, 3);
    }
  });

  it('cuts sentences around the word, letters beyond the first plane among them', () => {
    for (const [word, all] of Object.entries(texts)) {
      const found = sentences(outcome, word);
      expect(found.map((each) => each.before + each.word + each.after)).toEqual(all);
      const text = words(outcome).find((each) => each.name === word)!.text;
      for (const each of found) expect(each.word.toLowerCase()).toBe(text.toLowerCase());
    }
  });

  it('reads the sentence that was typed', () => {
    for (const one of cases) expect(verdict(reading(outcome, one.word, one.centred), one.layer)).toBe(one.taken);
  });

  it('has a place on every map, and random words beside every layer', () => {
    for (const one of cases) {
      for (const method of ['pca', 'tsne']) {
        const found = places(outcome, one.word, method, one.layer);
        expect(found.map((each) => each.place)).toEqual(sentences(outcome, one.word).map((each) => each.place));
        expect(found.every((each) => Math.hypot(each.x, each.y) <= 1.001)).toBe(true);
        expect(kept(outcome, one.word, method, one.layer).kept).toBeGreaterThan(0);
      }
      const random = chance(outcome, one.centred, one.layer);
      expect(random.low).toBeLessThan(random.mean);
      expect(random.mean).toBeLessThan(random.high);
    }
    expect(chance(outcome, false, 9).mean).toBeNaN();
  });

  it('shows the verdict of every table', () => {
    const found = verdicts(outcome);
    expect(found.length).toBe(1);
    for (const one of found) {
      expect(one.rated.length).toBe(3);
      expect(one.sentence).toContain(one.recommended);
      for (const each of one.rated) {
        expect(each.low).toBeLessThan(each.high);
        expect(each.milliseconds).toBeGreaterThan(0);
      }
    }
  });

  it('shows nothing where there is nothing', () => {
    const bare = { ...outcome, tables: {} };
    expect([words(bare), sentences(bare, 'bank'), pairs(bare, 'bank', 0, false), verdicts(bare)]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});
