// What it costs to look: many coroutines that wait for a message, three calls deep.
import {
  bundle,
  bundleGo,
  type Channel,
  chmake,
  chrecv,
  type Coroutine,
  hclose,
  run,
  snapshot,
} from "libdill-ts";
import type { Contestants, Meter } from "../../contestant.js";

export const contestants: Contestants = {
  snapshot: (n, meter) => run(look(n, meter, false)),
  snapshotPlaces: (n, meter) => run(look(n, meter, true)),
};

function* look(n: number, meter: Meter, places: boolean): Coroutine<number> {
  const [near, far] = chmake<number>();
  const crew = bundle();
  for (let i = 0; i < n; i++) bundleGo(crew, outer(far));
  yield;
  meter.start();
  const { coroutines } = snapshot({ places });
  meter.stop();
  for (const h of [crew, near, far]) hclose(h);
  return (
    coroutines.filter(({ at }) => (at?.length ?? 0) === (places ? 3 : 0)).length - (places ? 0 : 1)
  );
}

function* outer(ch: Channel<number>): Coroutine {
  yield* middle(ch);
}

function* middle(ch: Channel<number>): Coroutine {
  yield* inner(ch);
}

function* inner(ch: Channel<number>): Coroutine {
  yield* chrecv(ch, -1);
}
