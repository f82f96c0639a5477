import '../styles/font.css';
import '../styles/theme.css';
import '../styles/base.css';
import '../styles/controls.css';
import { mount } from 'svelte';
import { embedded } from '../page/embedded';
import Report from '../report/Report.svelte';

const found = embedded<{ audit: never }>();
if (found) mount(Report, { target: found.target, props: { audit: found.data.audit } });
