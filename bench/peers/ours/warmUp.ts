// Uses every kind of operation, as any real program does. V8 keeps one feedback for the code that operations
// share: in a process that has only ever used one kind, that code is faster than it will be for a user.
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  run,
  scope,
  until,
  withDeadline,
  yieldNow,
} from "libdill-ts";

/** So many rounds make all of it hot; they take about 200 ms. */
const rounds = 500;

export async function warmUp(): Promise<void> {
  await run(
    (function* () {
      const [near, far] = yield* ipcPair();
      for (let i = 0; i < rounds; i++) {
        yield* wait();
        yield* exchange(i);
        yield* nest(i);
        yield* fail();
        yield* bsend(near, Buffer.from("ping"), -1);
        yield* brecv(far, 2, -1);
        yield* brecvSome(far, 10, now() + 60_000);
      }
      hclose(near);
      hclose(far);
    })(),
  );
}

function* wait(): Coroutine {
  yield;
  yield* yieldNow();
  yield* msleep(now());
  yield* until(Promise.resolve(), -1);
}

function* exchange(i: number): Coroutine {
  const [ch, far] = chmake<number>();
  const sender = go(send(far, i));
  yield* chrecv(ch, now() + 60_000);
  yield* choose(
    [
      { op: "recv", ch },
      { op: "deadline", deadline: now() + 60_000 },
    ],
    -1,
  );
  yield* join(sender, -1);
  chdone(far);
  yield* failing(chrecv(ch, -1));
  for (const h of [sender, ch, far]) hclose(h);
}

function* send(ch: Channel<number>, i: number): Coroutine {
  yield* chsend(ch, i, -1);
  yield* choose([{ op: "send", ch, value: i }], -1);
}

function* nest(i: number): Coroutine {
  const b = bundle();
  bundleGo(b, wait());
  yield* bundleWait(b, now() + 60_000);
  hclose(b);
  yield* scope(function* (children) {
    bundleGo(children, wait());
    yield* withDeadline(now() + 60_000, function* () {
      yield* yieldNow();
      return i;
    });
  });
}

/** A cancellation, and a deadline that hits. */
function* fail(): Coroutine {
  hclose(go(failing(msleep(-1))));
  yield* failing(withDeadline(now(), () => wait()));
}

function* failing(operation: Operation<unknown>): Coroutine {
  try {
    yield* operation;
  } catch (error) {
    if (!isErrno(error, "ECANCELED", "EPIPE", "ETIMEDOUT")) throw error;
  }
}
