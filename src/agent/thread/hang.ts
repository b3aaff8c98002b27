/** Notices that the network thread does not come back: in a call, or in a loop. */
import type { Control } from "./control.ts";

const lookMs = 1_000;
/**
 * So many looks in a row without a turn, while this thread looks: a process that was paused as a whole looks once when it goes on,
 * and by the next look the other thread has turned.
 */
const looks = 10;

export function watchForHang(control: Control, onHang: (ms: number) => void): { stop(): void } {
  let turns = control.turns;
  let without = 0;
  const timer = setInterval(() => {
    without = control.turns === turns ? without + 1 : 0;
    turns = control.turns;
    if (without < looks) return;
    clearInterval(timer);
    onHang(looks * lookMs);
  }, lookMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
