// Programs of which many schedules are run. None of them can fail.
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  type Channel,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  type IpcListener,
  ipcListen,
  isErrno,
  msleep,
  now,
} from "libdill-ts";

/** Two coroutines, three messages. */
export function* oneChannel(): Coroutine {
  const [a, b] = chmake<number>();
  const all = bundle();
  bundleGo(
    all,
    (function* () {
      for (let i = 0; i < 3; i++) yield* chsend(a, i, -1);
    })(),
  );
  bundleGo(
    all,
    (function* () {
      for (let i = 0; i < 3; i++) yield* chrecv(b, -1);
    })(),
  );
  yield* bundleWait(all, -1);
  for (const h of [all, a, b]) hclose(h);
}

/** A fork is a coroutine that offers itself, and then waits until it is given back. The last philosopher takes the other one first. */
export function* philosophers(): Coroutine {
  const forks = Array.from({ length: 5 }, () => chmake<null>());
  const table = bundle();
  const all = bundle();
  for (const [, own] of forks) bundleGo(table, fork(own));
  forks.forEach(([left], i) => {
    const [right] = forks[(i + 1) % forks.length]!;
    bundleGo(all, i === 4 ? eat(right, left) : eat(left, right));
  });
  yield* bundleWait(all, -1);
  for (const h of [all, table, ...forks.flat()]) hclose(h);
}

function* fork(own: Channel<null>): Coroutine {
  for (;;) {
    yield* chsend(own, null, -1);
    yield* chrecv(own, -1);
  }
}

function* eat(first: Channel<null>, second: Channel<null>): Coroutine {
  yield* chrecv(first, -1);
  yield* chrecv(second, -1);
  yield* chsend(second, null, -1);
  yield* chsend(first, null, -1);
}

/** One connection, three clients; who has to wait is counted by a coroutine of its own. */
export function* pool(): Coroutine {
  const [metrics, counted] = chmake<number>();
  const waiting: Channel<null>[] = [];
  const [clients, counter] = [bundle(), bundle()];
  let isFree = true;
  let waits = 0;
  bundleGo(
    counter,
    (function* () {
      for (;;) waits += yield* chrecv(counted, -1);
    })(),
  );
  for (let i = 0; i < 3; i++) bundleGo(clients, client());
  yield* bundleWait(clients, -1);
  for (const h of [clients, counter, metrics, counted]) hclose(h);
  if (waits > 2) throw new Error("more waits than clients that could wait");

  function* client(): Coroutine {
    yield* take();
    yield* msleep(now() + 2);
    yield* giveBack();
  }

  function* take(): Coroutine {
    if (isFree) {
      isFree = false;
      return;
    }
    const [given, taken] = chmake<null>();
    waiting.push(given);
    yield* chsend(metrics, 1, -1);
    yield* chrecv(taken, -1);
    hclose(given);
    hclose(taken);
  }

  function* giveBack(): Coroutine {
    const next = waiting.shift();
    if (next === undefined) isFree = true;
    else yield* chsend(next, null, -1);
  }
}

const [path, attempts, patience] = ["/run/app.ipc", 3, 50];

/** Two clients ask a server over local sockets, and ask again if there is no answer. */
export function* requests(): Coroutine {
  const ls = yield* ipcListen(path, 2);
  const [clients, server] = [bundle(), bundle()];
  bundleGo(server, accept(ls));
  for (let i = 0; i < 2; i++) bundleGo(clients, ask());
  yield* bundleWait(clients, -1);
  for (const h of [clients, server, ls]) hclose(h);
}

function* accept(ls: IpcListener): Coroutine {
  for (;;) {
    const s = yield* ipcAccept(ls, -1);
    try {
      const received = Buffer.alloc(1);
      yield* brecv(s, received, -1);
      yield* bsend(s, received, -1);
    } catch (error) {
      if (!isErrno(error)) throw error;
    } finally {
      hclose(s);
    }
  }
}

function* ask(): Coroutine {
  for (let attempt = 1; ; attempt++) {
    try {
      const s = yield* ipcConnect(path, now() + patience);
      try {
        yield* bsend(s, Buffer.from("?"), now() + patience);
        yield* brecv(s, Buffer.alloc(1), now() + patience);
        return;
      } finally {
        hclose(s);
      }
    } catch (error) {
      if (!isErrno(error) || attempt === attempts) throw error;
      yield* msleep(now() + 10);
    }
  }
}
