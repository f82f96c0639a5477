import '../styles/theme.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/study.css';
import { mount, unmount } from 'svelte';
import type { Answer, Params } from '../kit/host';
import type { Study } from '../kit/types';
import Cell from './Cell.svelte';
import { dark } from './dark';
import { notebook, type Model } from './host';

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const target = document.createElement('div');
  target.className = 'cutaway';
  target.dataset.lmSuppressShortcuts = 'true'; // else JupyterLab takes the arrow keys of a slider for its own
  const freed = dark(target);
  el.append(target);
  const { host, close } = notebook(model);
  const outcome = model.get('outcome') as Answer | Record<string, never> | null;
  const cell = mount(Cell, {
    target,
    props: {
      study: model.get('study') as Study,
      params: (model.get('params') ?? {}) as Params,
      outcome: outcome && 'study' in outcome ? (outcome as Answer) : undefined,
      hide: (model.get('hide') ?? []) as string[],
      host,
    },
  });
  return () => {
    close();
    freed();
    void unmount(cell);
    target.remove();
  };
}

export default { render };
