/** What a page that stands alone carries in one element, and the element to draw into: a reader without scripts sees it. */
export function embedded<Data>(): { data: Data; target: HTMLElement } | null {
  const data = JSON.parse(document.getElementById('cutaway')?.textContent ?? 'null') as Data | null;
  if (!data) return null;
  const target = document.getElementById('page') ?? document.body.appendChild(document.createElement('div'));
  target.replaceChildren();
  return { data, target };
}
