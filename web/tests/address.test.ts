import { describe, expect, it } from 'vitest';
import { fromAddress, initial, read, snippet, toAddress } from '../src/kit/address';
import { csv } from '../src/kit/downloads';
import { query } from '../src/kit/host';
import { study } from './study';

describe('a view is in its address', () => {
  it('comes back as it was, every kind and the seed included', () => {
    const values = { share: 0.123456789, people: 37, law: 'cauchy', band: false, threshold: 1e-7, seed: 2147483647 };
    const data = { id: 'a1', y: 'is it, so?', score: 'p&q=é' };
    expect(fromAddress(study, toAddress(study, values, data))).toEqual({ values, data, told: [] });
  });
  it('names every column by itself, whatever is in a name', () => {
    const data = { id: 'a1', columns: ['height, cm', 'weight "kg"', '<b>'], target: 'a,b' };
    const address = toAddress(study, initial(study), data);
    expect(fromAddress(study, address)).toEqual({ values: initial(study), data, told: [] });
    expect(new URLSearchParams(query({}, { data })).getAll('columns')).toEqual(data.columns);
  });
  it('says that a score is a log-odds', () => {
    const data = { id: 'a1', y: 'y', score: 's', log_odds: true };
    expect(fromAddress(study, toAddress(study, initial(study), data)).data).toEqual(data);
  });
  it('reads labelled points', () => {
    const one = { ...study.parameters[0]!, kind: 'points' as const, low: -4, high: 4 };
    expect(read(one, '-1:0, 2.5:1')).toBe('-1:0 2.5:1');
    for (const text of ['', '1:0', '1:0 5:1', '1:0 2:2', '1 2', '1:0 x:1', '1:0 :1'])
      expect(read(one, text)).toBeNull();
  });
  it('says nothing of defaults', () => {
    expect(toAddress(study, initial(study))).toBe('');
  });
  it('tells what cannot be used, and takes the default', () => {
    const read = fromAddress(study, '?share=7&people=3.5&law=levy&band=perhaps&seed=&other=1');
    expect(read.values).toEqual(initial(study));
    expect(read.told).toHaveLength(6);
    expect(read.told[0]).toBe('share cannot be 7: expected a number from 0 to 1. The default stands.');
    expect(read.told[5]).toContain('other');
  });
  it('is Python, too', () => {
    const code = snippet(study, { ...initial(study), share: 0.02, band: false, law: 'cauchy' });
    expect(code).toBe(
      'from cutaway import studies\n\nresult = studies.named("sample").run(share=0.02, law="cauchy", band=False)\n',
    );
  });
});

it('CSV quotes what needs it', () => {
  expect(csv({ columns: { 'a,b': [1, null], c: ['x"y', 'z'] }, note: '' })).toBe('"a,b",c\r\n1,"x""y"\r\n,z\r\n');
});
