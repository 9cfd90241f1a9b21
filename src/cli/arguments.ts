// What the command may be told.
import { parseArgs } from "node:util";
import { Problem } from "./problem.js";

export const help = `usage: libdill-ts COMMAND [PID] [options]

PID is the number of a process, or PID-N for its worker thread N. It can be left out if there is but one that ps lists.

  ps                the processes that can be looked into
  tree PID          the coroutines: who has started whom, what each waits in, where, and since when
  watch PID         the same again and again, until Ctrl-C
  stuck PID         what will never go on, and what seems not to; status 1 if something is certain
  handles PID       the open handles, by their kind
  show PID NUMBER   one coroutine, with the whole chain of its calls

  --json            for programs
  --all             handles: each of them
  --seconds NUMBER  stuck: looks again after that time, and tells what only grows; watch: how often (2)
  --most NUMBER     so many coroutines at the most (50000)
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
  seconds: { type: "string" },
  most: { type: "string", default: "50000" },
  "no-places": { type: "boolean", default: false },
  signal: { type: "boolean", default: false },
  "port-ok": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const;

export interface Arguments {
  readonly command: string | undefined;
  readonly words: readonly string[];
  readonly asksForHelp: boolean;
  readonly asksForVersion: boolean;
  readonly json: boolean;
  readonly all: boolean;
  readonly seconds: number | undefined;
  readonly most: number;
  readonly places: boolean;
  readonly bySignal: boolean;
  readonly portIsFine: boolean;
}

export function readArguments(): Arguments {
  const { values, positionals } = parse();
  const [command, ...words] = positionals;
  const { seconds } = values;
  return {
    command,
    words,
    asksForHelp: values.help,
    asksForVersion: values.version,
    json: values.json,
    all: values.all,
    seconds: seconds === undefined ? undefined : readNumber("--seconds", seconds, 0.1),
    most: Math.floor(readNumber("--most", values.most, 1)),
    places: !values["no-places"],
    bySignal: values.signal,
    portIsFine: values["port-ok"],
  };
}

function parse(): ReturnType<
  typeof parseArgs<{ options: typeof options; allowPositionals: true }>
> {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Problem(`${why}; libdill-ts --help`);
  }
}

function readNumber(option: string, given: string, least: number): number {
  const number = Number(given);
  if (Number.isFinite(number) && number >= least) return number;
  throw new Problem(`${option} is a number from ${least} on, not ${given}`);
}
