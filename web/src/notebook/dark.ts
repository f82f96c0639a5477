// Notebooks have a theme of their own, which need not be the system's.

function theme(): 'light' | 'dark' | null {
  const { body, documentElement: root } = document;
  if (body.dataset.jpThemeLight !== undefined) return body.dataset.jpThemeLight === 'true' ? 'light' : 'dark';
  if (body.classList.contains('vscode-dark') || body.classList.contains('vscode-high-contrast')) return 'dark';
  if (body.classList.contains('vscode-light')) return 'light';
  if (root.getAttribute('theme') === 'dark') return 'dark';
  const classes = [...root.classList, ...body.classList];
  return classes.includes('dark') ? 'dark' : classes.includes('light') ? 'light' : null;
}

/** Keeps an element in the notebook's theme; returns what ends it. */
export function dark(element: HTMLElement): () => void {
  const follow = () => {
    const found = theme();
    if (found) element.dataset.theme = found;
    else delete element.dataset.theme;
  };
  follow();
  const watch = new MutationObserver(follow);
  for (const one of [document.documentElement, document.body]) watch.observe(one, { attributes: true });
  return () => watch.disconnect();
}
