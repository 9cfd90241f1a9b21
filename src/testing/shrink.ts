// A failing schedule with as few deviations as will do, and the smallest ways in them.
import type { Deviation, Schedule } from "./schedule.js";
import { realTime } from "./realTime.js";

/**
 * `fails`: runs the schedule, and returns its own deviations if it still fails, which may be fewer than were given. Stops when the time is over,
 * in milliseconds, with what there is by then.
 */
export async function shrink(
  schedule: Schedule,
  time: number,
  fails: (schedule: Schedule) => Promise<Schedule | undefined>,
): Promise<Schedule> {
  const end = realTime.now() + time;
  const isOver = (): boolean => realTime.now() > end;
  let best = schedule;
  // Parts of it first, ever smaller ones; each deviation alone at last.
  for (let size = Math.ceil(best.length / 2); size >= 1 && !isOver(); ) {
    let hasShrunk = false;
    for (let from = 0; from < best.length && !isOver(); ) {
      const without = [...best.slice(0, from), ...best.slice(from + size)];
      const failed = await fails(without);
      if (failed !== undefined && failed.length < best.length) {
        best = failed;
        hasShrunk = true;
      } else from += size;
    }
    if (size === 1 && !hasShrunk) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return await lower(best, isOver, fails);
}

/** Each way as near to the usual one as will do. */
async function lower(
  schedule: Schedule,
  isOver: () => boolean,
  fails: (schedule: Schedule) => Promise<Schedule | undefined>,
): Promise<Schedule> {
  let best = schedule;
  for (let at = 0; at < best.length; at++) {
    for (let way = 1; way < (best[at] as Deviation).way && !isOver(); way = 2 * way) {
      const changed = best.map((it, i) => (i === at ? { ...it, way } : it));
      const failed = await fails(changed);
      if (failed === undefined || failed.length > best.length) continue;
      best = failed;
      break;
    }
  }
  return best;
}
