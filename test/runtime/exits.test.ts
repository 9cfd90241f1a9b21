// Every way to end, at every moment: afterwards nothing is left, and each coroutine has ended once.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  join,
  msleep,
  now,
  run,
  scope,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { wsRecv, wsSend } from "libdill-ts/ws";
import { encryptedCarriers } from "../support/carriers.js";
import { rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { itBoth as it } from "../support/it.js";
import { wsPairOn } from "../support/wsPair.js";

/** Where the coroutine is when its end comes. */
interface Moment {
  /** Gets there, and stays until it is let go. */
  stay(scene: Scene): Coroutine;
  /** What lets it go on with a result. */
  release(scene: Scene): Coroutine;
  /** It is over by itself before anything could end it. */
  readonly isBrief?: boolean;
}

const moments: Record<string, Moment> = {
  "not started": { *stay() {}, *release() {}, isBrief: true },
  ready: {
    *stay(scene) {
      while (!scene.isReleased) yield;
    },
    *release(scene) {
      scene.isReleased = true;
    },
  },
  "ready in yieldNow": {
    *stay(scene) {
      while (!scene.isReleased) yield* yieldNow();
    },
    *release(scene) {
      scene.isReleased = true;
    },
  },
  "blocked in msleep": {
    *stay(scene) {
      while (!scene.isReleased) yield* msleep(now() + 1);
    },
    *release(scene) {
      scene.isReleased = true;
    },
  },
  "blocked in chrecv": {
    *stay(scene) {
      yield* chrecv(scene.near, -1);
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "blocked in chrecv with a deadline": {
    *stay(scene) {
      yield* chrecv(scene.near, now() + 100_000);
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "blocked in chsend": {
    *stay(scene) {
      yield* chsend(scene.near, 1, -1);
    },
    *release(scene) {
      yield* chrecv(scene.far, -1);
    },
  },
  "blocked in choose": {
    *stay({ near }) {
      yield* choose(
        [
          { op: "recv", ch: near },
          { op: "send", ch: near, value: 1 },
        ],
        now() + 100_000,
      );
    },
    *release(scene) {
      yield* chrecv(scene.far, -1);
    },
  },
  "blocked in bundleWait": {
    *stay(scene) {
      const b = bundle();
      try {
        bundleGo(b, receive(scene.near));
        yield* bundleWait(b, -1);
      } finally {
        hclose(b);
      }
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "blocked in join": {
    *stay(scene) {
      const h = go(receive(scene.near));
      try {
        yield* join(h, now() + 100_000);
      } finally {
        hclose(h);
      }
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "blocked in scope": {
    *stay(scene) {
      yield* scope(function* (b) {
        bundleGo(b, receive(scene.near));
      });
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "blocked in withDeadline": {
    *stay(scene) {
      yield* withDeadline(now() + 100_000, () => receive(scene.near));
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "inside finally": {
    *stay(scene) {
      try {
        yield* msleep(0);
      } finally {
        yield* chrecv(scene.near, -1);
      }
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "inside finally, with handles to close there": {
    *stay(scene) {
      const h = go(receive(scene.near));
      const [left, right] = chmake<number>();
      try {
        yield* bundleWait(h, -1);
      } finally {
        hclose(h);
        hclose(left);
        hclose(right);
      }
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "with a close ahead in which nothing can wait": {
    *stay(scene) {
      const inner = go(receive(scene.near));
      const h = hmake({
        query: () => undefined,
        close() {
          hclose(inner);
          thrownBy(() => msleep(-1)[Symbol.iterator]().next());
          thrownBy(bundle);
        },
      });
      try {
        yield* bundleWait(inner, -1);
      } finally {
        hclose(h);
      }
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  },
  "with everything left open": {
    *stay(scene) {
      scene.handles.push(go(receive(scene.near)), bundle(), ...chmake());
      yield* msleep(-1);
    },
    *release() {},
    isBrief: false,
  },
};

/** In a handshake at first, and then in a receive: three protocols on top of each other are left. */
for (const carrier of encryptedCarriers()) {
  moments[`blocked in wsRecv over ${carrier.name}`] = {
    *stay(scene) {
      const [a, z] = yield* wsPairOn(yield* carrier.pair());
      const sender = go(sendWhenTold());
      try {
        yield* wsRecv(a, -1);
      } finally {
        closeAll(sender, a, z);
      }

      function* sendWhenTold(): Coroutine {
        yield* chrecv(scene.near, -1);
        yield* wsSend(z, "text", "go on", -1);
      }
    },
    *release(scene) {
      yield* chsend(scene.far, 1, -1);
    },
  };
}

for (const [name, moment] of Object.entries(moments)) {
  describe(`a coroutine ${name}`, () => {
    if (name !== "with everything left open") {
      it("ends with a value", function* () {
        const scene = makeScene();
        const h = go(visit(moment, scene));
        yield* moment.release(scene);
        expect(yield* join(h, -1)).to.equal("value");
        hclose(h);
        leave(scene);
      });

      it("ends with an error", function* () {
        const scene = makeScene();
        const h = go(visit(moment, scene, oops));
        yield* moment.release(scene);
        expect(yield* thrownIn(join(h, -1))).to.equal(oops);
        hclose(h);
        leave(scene);
      });
    }

    it("ends by a deadline", function* () {
      const scene = makeScene();
      const h = go(withinDeadline(now() + 1, moment, scene));
      const ending = yield* join(h, -1);
      if (moment.isBrief === true) expect(ending).to.equal("value");
      else expect(ending).to.include({ code: "ETIMEDOUT" });
      hclose(h);
      leave(scene);
    });

    it("ends by a deadline that has passed", function* () {
      const scene = makeScene();
      const h = go(withinDeadline(0, moment, scene));
      yield* join(h, -1);
      hclose(h);
      leave(scene);
    });

    it("ends by cancellation", function* () {
      const scene = makeScene();
      const h = go(visit(moment, scene));
      hclose(h);
      leave(scene);
    });

    it("ends by cancellation a turn later", function* () {
      const scene = makeScene();
      const h = go(visit(moment, scene));
      yield* yieldNow();
      yield* msleep(0);
      hclose(h);
      leave(scene);
    });

    it("ends by a sibling's failure", function* () {
      const scene = makeScene();
      const b = bundle();
      bundleGo(b, visit(moment, scene));
      bundleGo(b, fail());
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
      hclose(b);
      leave(scene);
    });

    it("ends by an AbortSignal", async () => {
      const scene = makeScene();
      const controller = new AbortController();
      const done = run(visit(moment, scene), { signal: controller.signal });
      controller.abort();
      if (moment.isBrief === true) await done;
      else expect(await rejectionOf(done)).to.include({ code: "ECANCELED" });
      leave(scene);
    });

    it("ends by an AbortSignal that was aborted before", async () => {
      const scene = makeScene();
      await run(visit(moment, scene), { signal: AbortSignal.abort() }).catch(() => {});
      leave(scene);
    });

    it("ends with the run", async () => {
      const scene = makeScene();
      await run(
        (function* () {
          go(visit(moment, scene));
        })(),
      );
      leave(scene);
    });

    it("ends with a run that fails", async () => {
      const scene = makeScene();
      const failing = run(
        (function* () {
          go(visit(moment, scene));
          yield;
          throw oops;
        })(),
      );
      expect(await rejectionOf(failing)).to.equal(oops);
      leave(scene);
    });

    it("ends by the close of a handle in which its bundle is closed", function* () {
      const scene = makeScene();
      const h = go(visit(moment, scene));
      hclose(hmake({ query: () => undefined, close: () => hclose(h) }));
      leave(scene);
    });
  });
}

interface Scene {
  readonly near: Channel<number>;
  readonly far: Channel<number>;
  isReleased: boolean;
  /** What the coroutine leaves open. */
  readonly handles: Handle[];
  visits: number;
  exits: number;
}

function makeScene(): Scene {
  const [near, far] = chmake<number>();
  return { near, far, isReleased: false, handles: [], visits: 0, exits: 0 };
}

function leave(scene: Scene): void {
  expect([scene.visits, scene.exits]).to.deep.equal([1, 1]);
  for (const h of [scene.near, scene.far, ...scene.handles]) {
    try {
      hclose(h);
    } catch {} // closed by the run
  }
}

function* visit(moment: Moment, scene: Scene, error?: Error): Coroutine<string> {
  scene.visits++;
  try {
    yield* moment.stay(scene);
    if (error !== undefined) throw error;
    return "value";
  } finally {
    scene.exits++;
  }
}

function* withinDeadline(deadline: number, moment: Moment, scene: Scene): Coroutine<unknown> {
  try {
    return yield* withDeadline(deadline, () => visit(moment, scene));
  } catch (error) {
    return error;
  }
}

function* receive(ch: Channel<number>): Coroutine {
  yield* chrecv(ch, -1);
}

function* fail(): Coroutine {
  yield;
  throw oops;
}

const oops = new Error("oops");
