// A handle type of one's own: a lock file. It is closed like every other handle, so that a lock can be
// handed over with hown, and is given back when its coroutine is canceled or the program ends.
// In a clone, run it with: node build/examples/handle-type/main.js
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import {
  type Coroutine,
  go,
  type Handle,
  type HandleType,
  hclose,
  hmake,
  hown,
  hquery,
  isErrno,
  msleep,
  now,
  run,
} from "libdill-ts";

/** What the functions of this handle type work on. */
interface Lock {
  readonly path: string;
}

/** The type in two senses: for the compiler, and for hquery. */
type LockHandle = Handle<"lock">;
const lockType: HandleType<Lock> = Symbol("lock");

/** Takes the lock, trying again until the deadline. */
function* lockFile(path: string, deadline: number): Coroutine<LockHandle> {
  while (true) {
    try {
      closeSync(openSync(path, "wx"));
      break;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== "EEXIST") throw e;
    }
    yield* msleep(deadline < 0 ? now() + 10 : Math.min(now() + 10, deadline));
    if (deadline >= 0 && now() >= deadline) throw new Error(`${path} is locked`);
  }
  const lock: Lock = { path };
  return hmake<"lock">({
    query: (type) => (type === lockType ? lock : undefined),
    close: () => rmSync(path),
  });
}

/** EBADF for a lock that is closed, ENOTSUP for a handle that is no lock. */
function lockedPath(h: LockHandle): string {
  return hquery(h, lockType).path;
}

/** Works under a lock that it takes over from the caller. */
function* work(given: LockHandle): Coroutine {
  const lock = hown(given);
  try {
    yield* msleep(-1);
  } finally {
    hclose(lock);
  }
}

const folder = mkdtempSync(joinPath(tmpdir(), "dill-lock-"));
const path = joinPath(folder, "lock");
try {
  await run(
    (function* () {
      const lock = yield* lockFile(path, -1);
      console.log(`locked: ${lockedPath(lock) === path && existsSync(path)}`);
      const worker = go(work(lock));
      try {
        lockedPath(lock);
      } catch (e) {
        if (!isErrno(e, "EBADF")) throw e;
        console.log("the worker has taken it over");
      }
      try {
        yield* lockFile(path, now() + 50);
      } catch (e) {
        console.log(`second attempt: ${(e as Error).message.replace(`${folder}/`, "")}`);
      }
      hclose(worker);
      console.log(`free again: ${!existsSync(path)}`);
      try {
        hquery(go(work(yield* lockFile(path, -1))), lockType);
      } catch (e) {
        console.log(`a bundle is no lock: ${(e as { code?: string }).code}`);
      }
    })(),
  );
  console.log(`free after the end: ${!existsSync(path)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
