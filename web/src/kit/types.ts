// Written by tools/web_types.py from core/figures.py, core/contest.py and studies/run/wire.py in src/cutaway.
// Change those, then run: make web-types

export type Scale = 'linear' | 'log';

export type Figure = Bars | Intervals | Lines | Points | Distribution | Matrix | Image | Animation;

export type Kind = 'number' | 'whole' | 'switch' | 'choice' | 'points' | 'text';

export type Cell = number | string | boolean | null;

export type Value = number | string | boolean;

export type Uses = 'predictions' | 'columns' | 'texts' | 'images';

export type Group = 'data' | 'loss' | 'framework' | 'network' | 'training' | 'decision' | 'world';

export type Event = JobEvent | ProgressEvent | ResultEvent | ErrorEvent;

/** What an axis measures: `label` names the quantity, `unit` what of or in what ("share of rows", "km/h", ""). */
export interface Axis {
  label: string;
  unit: string;
  scale: Scale;
}

/** One horizontal bar a label; `parts` splits each bar into named pieces (then `values` are their sums). */
export interface Bars {
  alt: string;
  axis: Axis;
  labels: string[];
  values: (number | null)[];
  parts: Record<string, (number | null)[]>;
  /** drawn in the colour of harm; empty: none is */
  harmful: boolean[];
  /** a line across the bars */
  reference: number | null;
  reference_label: string;
  kind: 'bars';
}

/** A point with an interval a label (a forest plot); `null` is the value of no effect. */
export interface Intervals {
  alt: string;
  axis: Axis;
  labels: string[];
  centre: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  null: number | null;
  /** beside each label, in a paler colour */
  notes: string[];
  kind: 'intervals';
}

/** One series of a `Lines` figure; `low` and `high`, when present, bound its band. */
export interface Line {
  name: string;
  x: (number | null)[];
  y: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  role: 'main' | 'other' | 'harm';
}

/** A labelled place in a plane: a point, or a line across it where `x` or `y` is None. */
export interface Mark {
  label: string;
  x: number | null;
  y: number | null;
  role: 'main' | 'other' | 'harm';
}

/** Curves over a common axis, each with an optional band. */
export interface Lines {
  alt: string;
  x: Axis;
  y: Axis;
  lines: Line[];
  marks: Mark[];
  kind: 'lines';
}

/** A scatter of points; `group` indexes `groups` (empty: one group). */
export interface Points {
  alt: string;
  x_axis: Axis;
  y_axis: Axis;
  x: (number | null)[];
  y: (number | null)[];
  group: number[];
  groups: string[];
  /** drawn over the points, as a fitted curve */
  lines: Line[];
  marks: Mark[];
  kind: 'points';
}

/** A statistic against its null: a histogram with the observed value marked. */
export interface Distribution {
  alt: string;
  x: Axis;
  /** one more than counts */
  edges: (number | null)[];
  counts: (number | null)[];
  observed: number | null;
  observed_label: string;
  kind: 'distribution';
}

/** A labelled grid of numbers, such as correlations or a confusion matrix. */
export interface Matrix {
  alt: string;
  rows: string[];
  columns: string[];
  values: (number | null)[][];
  unit: string;
  kind: 'matrix';
}

/** Pixels by row from the top; `pixels` holds `channels` bytes a pixel (1: grey, 3: red, green, blue). */
export interface Image {
  alt: string;
  width: number;
  height: number;
  channels: 1 | 3;
  pixels: string;
  kind: 'image';
}

/** Figures of one kind, one after the other; `names` says what each frame shows. */
export interface Animation {
  alt: string;
  frames: (Bars | Intervals | Lines | Points | Distribution | Matrix | Image)[];
  names: string[];
  seconds_a_frame: number;
  kind: 'animation';
}

/** A parameter of a study: its name, its default, and what it may be. */
export interface Parameter {
  name: string;
  default: Value;
  kind: Kind;
  label: string;
  help: string;
  unit: string;
  low: number | null;
  high: number | null;
  step: number | null;
  scale: Scale;
  /** a choice's values, each with its words */
  options: [string, string][];
  /** browser: the picture looks it up; no new result is needed */
  where: 'python' | 'browser';
}

/** What a front end needs to know of a study before it asks for a result. */
export interface Study {
  name: string;
  title: string;
  group: Group;
  question: string;
  answer: string;
  source: string;
  seconds: string;
  /** which data of the reader it takes */
  uses: Uses | null;
  /** parameters at the size that would be cited */
  full: Record<string, Value>;
  parameters: Parameter[];
}

/** A claim after its trial: `holds` is null where it says nothing at these parameters. */
export interface Claim {
  text: string;
  holds: boolean | null;
  /** what was measured */
  value: number | null;
}

/** Columns of equal length, by name. */
export interface Table {
  columns: Record<string, Cell[]>;
  /** what a row is */
  note: string;
}

/** A study's result with its parameters and its claims tried. */
export interface Outcome {
  study: string;
  params: Record<string, Value>;
  claims: Claim[];
  tables: Record<string, Table>;
  /** by heading */
  figures: Record<string, Figure>;
  numbers: Record<string, number | null>;
  sentences: string[];
}

/** Which job answers; it can be cancelled by this name. */
export interface JobEvent {
  kind: 'job';
  id: string;
}

/** What is being done, and how far it has come; `total` is null where it is not known. */
export interface ProgressEvent {
  kind: 'progress';
  stage: string;
  done: number;
  total: number | null;
}

/** An answer; `partial` if a fuller one follows. */
export interface ResultEvent {
  kind: 'result';
  outcome: Outcome;
  partial: boolean;
}

/** Why there is no answer, in one sentence. */
export interface ErrorEvent {
  kind: 'error';
  message: string;
}

/** Tuning method -> what readers call it, in the order in which Python's tables number them. */
export const METHOD_NAMES: Record<string, string> = {
  grid: 'grid',
  random: 'random',
  quasi: 'quasi-random',
  tpe: 'TPE',
  cmaes: 'CMA-ES',
  gp: 'Gaussian process',
};
