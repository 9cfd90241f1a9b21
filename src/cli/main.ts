#!/usr/bin/env node
// The command `libdill-ts`: what the coroutines of another process are doing.
import { parseArgs } from "node:util";
import { isErrno } from "../errors/index.js";
import { socketPath } from "../inspect/index.js";
import type { Coroutine } from "../kernel/index.js";
import { main } from "../runtime/index.js";
import {
  showHandles,
  listProcesses,
  type Outcome,
  showOne,
  showTree,
  tellStuck,
} from "./commands.js";
import type { Picture } from "./picture.js";
import { Problem } from "./problem.js";
import { askBySignal } from "./signalWay.js";
import { askSocket, findProcesses } from "./socketWay.js";

const help = `usage: libdill-ts COMMAND [PID] [options]

PID is the number of a process, or PID-N for its worker thread N. It can be left out if there is but one that ps lists.

  ps                the processes that can be looked into
  tree PID          the coroutines: who has started whom, what each waits in, where, and since when
  stuck PID         what will never go on, and what seems not to; status 1 if something is certain
  handles PID       the open handles, by their kind
  show PID NUMBER   one coroutine, with the whole chain of its calls

  --json            for programs
  --all             handles: each of them
  --most NUMBER     tree: so many coroutines at the most (50000)
  --no-places       without the lines, which is faster
  --signal          by SIGUSR1, also where there is a private socket: a busy process answers, too
  --port-ok         by SIGUSR1, although other users of the machine could connect to the port
  --help, --version

A process started with node --import libdill-ts/inspect has a private socket for this. Any other one is sent SIGUSR1, by which
Node opens the port of its inspector on this machine; it is closed again at once.
Exit status: 0, 1 if something is stuck, 2 if the process could not be looked into.
`;

const options = {
  json: { type: "boolean", default: false },
  all: { type: "boolean", default: false },
  most: { type: "string", default: "50000" },
  "no-places": { type: "boolean", default: false },
  signal: { type: "boolean", default: false },
  "port-ok": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parse>["values"];

function parse(): ReturnType<
  typeof parseArgs<{ options: typeof options; allowPositionals: true }>
> {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Problem(
      `${error instanceof Error ? error.message : String(error)}; libdill-ts --help`,
    );
  }
}

void main(function* () {
  try {
    const { values, positionals } = parse();
    const [command, ...words] = positionals;
    if (values.help || command === undefined) {
      process.stdout.write(help);
      if (!values.help) process.exitCode = 2;
      return;
    }
    const { lines, data, status } = yield* perform(command, words, values);
    process.stdout.write(
      `${values.json ? JSON.stringify(data, undefined, 2) : lines.join("\n")}\n`,
    );
    process.exitCode = status;
  } catch (error) {
    if (isErrno(error, "ECANCELED")) throw error;
    if (!(error instanceof Problem) && !(error instanceof Error)) throw error;
    process.stderr.write(`libdill-ts: ${error.message}\n`);
    process.exitCode = 2;
  }
});

function* perform(command: string, words: readonly string[], values: Values): Coroutine<Outcome> {
  if (command === "ps") return listProcesses(yield* findProcesses());
  const [pid, which = ""] = words;
  if (command === "tree") return showTree(yield* look(command, pid, values));
  if (command === "stuck") return tellStuck(yield* look(command, pid, values));
  if (command === "handles") return showHandles(yield* look(command, pid, values), values.all);
  if (command === "show" && which !== "") return showOne(yield* look(command, pid, values), which);
  if (command === "show") throw new Problem("which coroutine? libdill-ts show PID NUMBER");
  throw new Problem(`there is no command ${command}: libdill-ts --help lists them`);
}

function* look(command: string, given: string | undefined, values: Values): Coroutine<Picture> {
  const [pid, thread] = readTarget(given) ?? (yield* onlyProcess(command));
  const most = Number(values.most);
  if (!Number.isInteger(most) || most < 1)
    throw new Problem(`--most is a number from 1 on, not ${values.most}`);
  const places = !values["no-places"];
  const picture = values.signal
    ? undefined
    : yield* askSocket(socketPath(pid, thread), { op: "snapshot", places, most });
  if (picture === undefined && thread !== 0) {
    throw new Problem(`process ${pid} has no thread ${thread} that has opened its socket`);
  }
  return picture ?? (yield* askBySignal(pid, { places, portIsFine: values["port-ok"] }));
}

type Target = readonly [pid: number, thread: number];

/** `4242`, or `4242-1` for its first worker thread. */
function readTarget(given: string | undefined): Target | undefined {
  if (given === undefined) return undefined;
  const [, pid, thread = "0"] = /^([1-9]\d*)(?:-(\d+))?$/.exec(given) ?? [];
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
