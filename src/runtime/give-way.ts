/** Lets timers and sockets have their turn when workers go through thousands of keys without waiting for anything. */

/** Lease renewal and watches can wait this long without harm. */
const turnMs = 10;

let turnBegan = 0;

/** Returns at once unless the current turn of the event loop has lasted long. */
export async function giveWay(): Promise<void> {
  if (performance.now() - turnBegan < turnMs) return;
  await new Promise((resolve) => setImmediate(resolve));
  turnBegan = performance.now();
}
