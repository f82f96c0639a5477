import type { Component } from 'svelte';
import type { Host, Params } from './host';
import type { Outcome, Study, Value } from './types';

/** What a study's own picture is given. */
export interface PictureProps {
  params: Params;
  outcome: Outcome;
  set: (name: string, value: Value) => void;
  host: Host;
  study: Study;
}

const files = import.meta.glob<{ default: Component<PictureProps> }>('../studies/*.svelte');

/** The study's own picture, or null where the generic figures are enough. */
export async function picture(name: string): Promise<Component<PictureProps> | null> {
  const load = files[`../studies/${name}.svelte`] ?? files[`../studies/${name.replaceAll('-', '_')}.svelte`];
  return load ? (await load()).default : null;
}
