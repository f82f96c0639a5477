import type { Outcome, Parameter, Study } from '../src/kit/types';

const one = (given: Partial<Parameter> & Pick<Parameter, 'name' | 'default' | 'kind'>): Parameter => ({
  label: given.name,
  help: '',
  unit: '',
  low: null,
  high: null,
  step: null,
  scale: 'linear',
  options: [],
  where: 'python',
  ...given,
});

/** A study with a parameter of each kind. */
export const study: Study = {
  name: 'sample',
  title: 'Sample',
  group: 'data',
  question: 'What?',
  answer: 'That.',
  source: '',
  seconds: '0.1',
  uses: 'predictions',
  full: {},
  parameters: [
    one({ name: 'share', default: 0.1, kind: 'number', low: 0, high: 1 }),
    one({ name: 'people', default: 100, kind: 'whole', low: 10, high: 1000 }),
    one({
      name: 'law',
      default: 'normal',
      kind: 'choice',
      options: [
        ['normal', 'Normal'],
        ['cauchy', 'Cauchy'],
      ],
    }),
    one({ name: 'band', default: true, kind: 'switch' }),
    one({ name: 'threshold', default: 0.5, kind: 'number', low: 0, high: 1, where: 'browser' }),
    one({ name: 'seed', default: 0, kind: 'whole', low: 0, high: 2 ** 31 - 1 }),
  ],
};

export const outcome = (params: Outcome['params']): Outcome => ({
  study: 'sample',
  params,
  claims: [],
  tables: {},
  figures: {},
  numbers: {},
  sentences: [],
});
