// Which process is meant, and which way it is asked.
import { socketPath } from "../inspect/index.js";
import type { Coroutine } from "../kernel/index.js";
import type { Arguments } from "./arguments.js";
import type { Picture } from "./picture.js";
import { Problem } from "./problem.js";
import { askBySignal } from "./signalWay.js";
import { askSocket, findProcesses } from "./socketWay.js";

export function* look({
  command = "",
  words: [given],
  most,
  places,
  bySignal,
  portIsFine,
}: Arguments): Coroutine<Picture> {
  const [pid, thread] = readTarget(given) ?? (yield* onlyProcess(command));
  const picture = bySignal
    ? undefined
    : yield* askSocket(socketPath(pid, thread), { op: "snapshot", places, most });
  if (picture === undefined && thread !== 0) {
    throw new Problem(`process ${pid} has no thread ${thread} that has opened its socket`);
  }
  return picture ?? (yield* askBySignal(pid, { places, portIsFine }));
}

type Target = readonly [pid: number, thread: number];

/** `4242`, or `4242-1` for its first worker thread. */
function readTarget(given: string | undefined): Target | undefined {
  if (given === undefined) return undefined;
  const [, pid, thread = "0"] = /^([1-9]\d{0,9})(?:-(\d{1,9}))?$/.exec(given) ?? [];
  if (pid === undefined) throw new Problem(`a process is a number, not ${given}`);
  return [Number(pid), Number(thread)];
}

/** If there is but one, it need not be named. */
function* onlyProcess(command: string): Coroutine<Target> {
  const [found, other] = yield* findProcesses();
  if (found !== undefined && other === undefined) return [found.pid, found.thread];
  throw new Problem(
    `which process? libdill-ts ${command} PID; libdill-ts ps lists those that have opened their socket`,
  );
}
