/**
 * Tells how many milliseconds have passed since it was made.
 *
 * The steady clock stands still while the computer sleeps and the clock on the wall can be set
 * back, so the longer of the two lengths counts.
 */
export function stopwatch() {
  const steady = performance.now();
  const wall = Date.now();
  return () => Math.max(performance.now() - steady, Date.now() - wall);
}
