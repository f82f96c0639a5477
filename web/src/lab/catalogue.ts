import type { Figure, Study } from '../kit/types';

/** A study with the small picture of the front page. */
export type Shown = Study & { preview: Figure | null };

export interface Catalogue {
  groups: string[];
  studies: Shown[];
}
