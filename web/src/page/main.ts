import '../styles/font.css';
import '../styles/theme.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/study.css';
import { mount } from 'svelte';
import { file } from '../kit/host';
import type { Outcome, Study } from '../kit/types';
import { embedded } from './embedded';
import StudyPage from './StudyPage.svelte';

const found = embedded<{ study: Study; outcomes: Outcome[] }>();
if (found) {
  const { study, outcomes } = found.data;
  const props = { study, host: file(study, outcomes), params: outcomes[0]?.params ?? {} };
  mount(StudyPage, { target: found.target, props });
}
