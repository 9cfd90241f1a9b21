// Bare generators, driven by a loop: the floor. No scheduler, no channels, nobody waits for anything,
// so only those programs are here of which something is left without these.
import type { Contestants } from "../../contestant.js";
import { Turns } from "../turns.js";

export const contestants: Contestants = {
  ctxswitch: (n) => {
    const turns = new Turns();
    const both = [takeTurns(turns, n / 2), takeTurns(turns, n / 2)] as const;
    while (true) {
      const { done } = both[0].next();
      if (both[1].next().done && done) return turns.count;
    }
  },

  go: (n) => {
    let ended = 0;
    function* worker(): Generator<void, void> {
      ended += 1;
    }
    for (let i = 0; i < n; i++) worker().next();
    return ended;
  },

  /** A message is what next() hands over. */
  chan: (n) => {
    const worker = echo();
    worker.next();
    let right = 0;
    for (let i = 0; i < n; i += 2) {
      if (worker.next(i).value === i) right += 2;
    }
    return right;
  },

  cancel: (n, meter) => {
    let ended = 0;
    function* worker(): Generator<void, void> {
      try {
        yield;
      } finally {
        ended += 1;
      }
    }
    const workers = Array.from({ length: n }, worker);
    for (const each of workers) each.next();
    meter.start();
    for (const each of workers) each.return();
    meter.stop();
    return ended;
  },

  blocked: (n, meter) => {
    let count = 0;
    function* worker(): Generator<void, void> {
      count += 1;
      yield;
    }
    const workers = new Array<Generator>(n);
    meter.start();
    for (let i = 0; i < n; i++) {
      const each = worker();
      each.next();
      workers[i] = each; // not yielded on purpose: it stays blocked
    }
    meter.stop();
    return workers.length === n ? count : 0;
  },
};

function* takeTurns(turns: Turns, n: number): Generator<void, void> {
  const me = {};
  for (let i = 0; i < n; i++) {
    turns.take(me);
    yield;
  }
}

function* echo(): Generator<number, never, number> {
  let x = 0;
  while (true) x = yield x;
}
