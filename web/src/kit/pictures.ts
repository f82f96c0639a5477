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

interface Found {
  default: Component<PictureProps>;
}

// Loaded when wanted; where all parts come at once (vite.config.ts), they are there already.
const files: Record<string, Found | (() => Promise<Found>)> = import.meta.glob<Found>('../studies/*.svelte');

/** The study's own picture, or null where the generic figures are enough. */
export async function picture(name: string): Promise<Component<PictureProps> | null> {
  const load = files[`../studies/${name}.svelte`] ?? files[`../studies/${name.replaceAll('-', '_')}.svelte`];
  if (!load) return null;
  return (typeof load === 'function' ? await load() : load).default;
}
