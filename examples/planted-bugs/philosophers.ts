// A deadlock. Five philosophers share five forks, and each needs the two beside the plate.
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  type Handle,
  hclose,
  msleep,
  now,
} from "libdill-ts";
import type { Bug } from "./bug.js";

/** Receiving takes the fork, sending puts it back. */
type Fork = Channel<null>;

type Seat = (forks: readonly Fork[], seat: number) => readonly [Fork, Fork];

/** Everybody takes the left fork first. If all of them do that at once, nobody ever gets a right one. */
const leftFirst: Seat = (forks, seat) => [at(forks, seat), at(forks, seat + 1)];

/** Everybody takes the fork with the lower number first, so the last one begins with the right one. */
const lowestFirst: Seat = (forks, seat) =>
  seat === forks.length - 1 ? [at(forks, 0), at(forks, seat)] : leftFirst(forks, seat);

function at(forks: readonly Fork[], place: number): Fork {
  return forks[place % forks.length] as Fork;
}

function* philosopher([first, second]: readonly [Fork, Fork]): Coroutine {
  for (let i = 0; i < 2; i++) {
    yield* chrecv(first, -1);
    yield* chrecv(second, -1);
    yield* msleep(now() + 1); // eats
    yield* chsend(second, null, -1);
    yield* chsend(first, null, -1);
  }
}

/** Lies on the table, or is in somebody's hand. */
function* fork(table: Channel<null>): Coroutine {
  for (;;) {
    yield* chsend(table, null, -1);
    yield* chrecv(table, -1);
  }
}

function* program(seat: Seat): Coroutine {
  const forks: Fork[] = [];
  const ends: Handle[] = [];
  const table = bundle();
  const dinner = bundle();
  try {
    for (let i = 0; i < 5; i++) {
      const [hand, lies] = chmake<null>();
      ends.push(hand, lies);
      forks.push(hand);
      bundleGo(table, fork(lies));
    }
    for (let i = 0; i < 5; i++) bundleGo(dinner, philosopher(seat(forks, i)));
    yield* bundleWait(dinner, -1);
  } finally {
    for (const h of [dinner, table, ...ends]) hclose(h);
  }
}

export const philosophers: Bug = {
  name: "A deadlock",
  tested: () => program(leftFirst),
  broken: () => program(leftFirst),
  mended: () => program(lowestFirst),
  options: {},
};
