#!/usr/bin/env node
// The command `libdill-ts`: what the coroutines of another process are doing.
import { readFileSync } from "node:fs";
import { isErrno, printable } from "../errors/index.js";
import type { Coroutine } from "../kernel/index.js";
import { main, msleep, now } from "../runtime/index.js";
import { type Arguments, help, readArguments } from "./arguments.js";
import {
  listProcesses,
  type Outcome,
  showHandles,
  showOne,
  showTree,
  tellStuck,
} from "./commands.js";
import { look } from "./look.js";
import { Problem } from "./problem.js";
import { findProcesses } from "./socketWay.js";

/** How long a port that was opened may take to be closed again after Ctrl-C, in milliseconds. */
const closing = 5000;
/** How often watch looks, in seconds. */
const usualPause = 2;

// `libdill-ts tree 4242 | head`
process.stdout.on("error", (error) => {
  if (!isErrno(error, "EPIPE")) throw error;
  process.exit();
});

void main(
  function* () {
    try {
      const given = readArguments();
      if (given.asksForHelp) process.stdout.write(help);
      else if (given.asksForVersion) process.stdout.write(`${version()}\n`);
      else if (given.command === undefined) {
        process.stderr.write(help);
        process.exitCode = 2;
      } else if (given.command === "watch") yield* watch(given);
      else print(yield* perform(given), given.json);
    } catch (error) {
      if (isErrno(error, "ECANCELED") || !(error instanceof Error)) throw error;
      process.stderr.write(`libdill-ts: ${printable(error.message)}\n`);
      process.exitCode = 2;
    }
  },
  { grace: closing },
);

function* perform(given: Arguments): Coroutine<Outcome> {
  const { command = "", words } = given;
  const [, which = ""] = words;
  switch (command) {
    case "ps":
      return listProcesses(yield* findProcesses());
    case "tree":
      return showTree(yield* look(given));
    case "stuck":
      return yield* stuck(given);
    case "handles":
      return showHandles(yield* look(given), given.all);
    case "show":
      if (which === "") throw new Problem("which coroutine? libdill-ts show PID NUMBER");
      return showOne(yield* look(given), which);
    default:
      throw new Problem(`there is no command ${command}: libdill-ts --help lists them`);
  }
}

/** What only grows is seen by looking twice. */
function* stuck(given: Arguments): Coroutine<Outcome> {
  const picture = yield* look(given);
  if (given.seconds === undefined) return tellStuck(picture);
  yield* msleep(now() + given.seconds * 1000);
  return tellStuck(yield* look(given), picture);
}

function* watch(given: Arguments): Coroutine {
  for (;;) {
    const outcome = showTree(yield* look(given));
    if (process.stdout.isTTY) process.stdout.write("\x1b[H\x1b[2J");
    print(outcome, given.json);
    yield* msleep(now() + (given.seconds ?? usualPause) * 1000);
  }
}

function print({ lines, data, status }: Outcome, asJson: boolean): void {
  process.stdout.write(
    `${asJson ? JSON.stringify(data, undefined, 2) : lines.map(printable).join("\n")}\n`,
  );
  if (status !== 0) process.exitCode = status;
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
