import '../styles/font.css';
import '../styles/theme.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/study.css';
import { mount, type Component } from 'svelte';
import { file } from '../kit/host';
import type { Outcome, Study } from '../kit/types';
import StudyPage from './StudyPage.svelte';

type Data =
  { kind: 'audit' | 'network'; audit: Record<string, unknown> } | { kind: 'study'; study: Study; outcomes: Outcome[] };

// A page that stands alone carries its data in one element and draws into another; what was there before is what a
// reader without scripts sees.
interface Found {
  default: Component<{ audit: never }>;
}
const reports: Record<string, Found | (() => Promise<Found>)> = import.meta.glob<Found>('../report/Report.svelte');

async function start(): Promise<void> {
  const data = JSON.parse(document.getElementById('cutaway')?.textContent ?? 'null') as Data | null;
  if (!data) return;
  const target = document.getElementById('page') ?? document.body.appendChild(document.createElement('div'));
  if (data.kind === 'study') {
    target.replaceChildren();
    const { study, outcomes } = data;
    mount(StudyPage, { target, props: { study, host: file(study, outcomes), params: outcomes[0]?.params ?? {} } });
    return;
  }
  const load = reports['../report/Report.svelte'];
  if (!load) return;
  const Report = (typeof load === 'function' ? await load() : load).default;
  target.replaceChildren();
  mount(Report, { target, props: { audit: data.audit as never } });
}

void start();
