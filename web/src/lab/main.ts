import '../styles/font.css';
import '../styles/theme.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/study.css';
import { mount } from 'svelte';
import Lab from './Lab.svelte';

const target = document.getElementById('lab') ?? document.body;
target.replaceChildren();
mount(Lab, { target });
