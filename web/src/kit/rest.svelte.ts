/** Whether a value has stood still for a while: what takes longer than a frame waits for that. */
export function rest<T>(of: () => T, milliseconds = 150): { readonly still: boolean } {
  let rested = $state.raw(of());
  $effect(() => {
    const next = of();
    const timer = setTimeout(() => (rested = next), milliseconds);
    return () => clearTimeout(timer);
  });
  return {
    get still() {
      return rested === of();
    },
  };
}
