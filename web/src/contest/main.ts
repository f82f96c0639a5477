import '../styles/font.css';
import '../styles/theme.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/study.css';
import { mount } from 'svelte';
import { embedded } from '../page/embedded';
import Contest from '../tuning/Contest.svelte';
import type { Contest as Told } from '../tuning/contest';

const found = embedded<{ contest: Told }>();
if (found) mount(Contest, { target: found.target, props: { contest: found.data.contest } });
