/** A name of at most so many letters: cut in its middle, since both ends of a long name tell it from its neighbours. */
export function clipped(name: string, most: number): string {
  const letters = [...name];
  if (letters.length <= most) return name;
  const tail = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - tail).join('')}…${letters.slice(-tail).join('')}`;
}
