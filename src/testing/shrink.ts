// A failing schedule with as few deviations as will do, and the smallest ways in them.
import type { Deviation, Schedule } from "./schedule.js";
import { realTime } from "./realTime.js";

/** A deviation that goes may take choices with it, or leave new ones: those behind it are found so many places further on. */
const shifts = [0, -1, 1, -2, 2];

/** Runs the schedule. Returns its own deviations if it still fails, which may be fewer than were given. */
type Fails = (schedule: Schedule) => Promise<Schedule | undefined>;

/** Stops when the time is over, in milliseconds, with what there is by then. */
export async function shrink(schedule: Schedule, time: number, fails: Fails): Promise<Schedule> {
  const end = realTime.now() + time;
  const isOver = (): boolean => realTime.now() > end;
  let best = await leaveParts(schedule, isOver, fails);
  for (;;) {
    const lowered = await lower(await leaveEach(best, isOver, fails), isOver, fails);
    // A smaller way may make another deviation needless.
    if (isOver() || isSame(lowered, best)) return lowered;
    best = lowered;
  }
}

/** Leaves parts out, ever smaller ones. */
async function leaveParts(
  schedule: Schedule,
  isOver: () => boolean,
  fails: Fails,
): Promise<Schedule> {
  let best = schedule;
  for (let size = Math.ceil(best.length / 2); size > 1; size = Math.ceil(size / 2)) {
    for (let from = 0; from < best.length && !isOver(); ) {
      const failed = await fails(best.toSpliced(from, size));
      if (failed !== undefined && failed.length < best.length) best = failed;
      else from += size;
    }
  }
  return best;
}

/** Leaves each deviation out that is not needed, the last one first: so most of the others stay where they are. */
async function leaveEach(
  schedule: Schedule,
  isOver: () => boolean,
  fails: Fails,
): Promise<Schedule> {
  let best = schedule;
  for (let at = best.length - 1; at >= 0; at--) {
    for (const shift of at === best.length - 1 ? [0] : shifts) {
      if (isOver()) return best;
      const failed = await fails(without(best, at, shift));
      if (failed === undefined || failed.length >= best.length) continue;
      best = failed;
      at = best.length;
      break;
    }
  }
  return best;
}

function without(schedule: Schedule, at: number, shift: number): Schedule {
  const after = schedule.slice(at + 1).map((it) => ({ ...it, place: it.place + shift }));
  return [...schedule.slice(0, at), ...after];
}

/** Each way as near to the usual one as will do. */
async function lower(schedule: Schedule, isOver: () => boolean, fails: Fails): Promise<Schedule> {
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

function isSame(a: Schedule, b: Schedule): boolean {
  return (
    a.length === b.length &&
    a.every(({ place, way }, i) => b[i]?.place === place && b[i].way === way)
  );
}
