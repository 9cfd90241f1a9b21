// Asking a process through its private socket, which `libdill-ts/inspect` has opened.
import { existsSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { inspectSafely, isErrno } from "../errors/index.js";
import { hclose } from "../handles/index.js";
import {
  checkFolder,
  type End,
  format,
  type Hello,
  type Part,
  type Refusal,
  type Request,
  socketFolder,
} from "../inspect/index.js";
import { ipcConnect } from "../ipc/index.js";
import type { Coroutine } from "../kernel/index.js";
import { type SuffixSocket, suffixAttach } from "../protocols/index.js";
import { type HandleSnapshot, now } from "../runtime/index.js";
import type { CoroutineSnapshot } from "../snapshot/index.js";
import { mrecv, msend } from "../sockets/index.js";
import type { Picture } from "./picture.js";
import { Problem } from "./problem.js";

/** How long a process may take to say something, in milliseconds: one that is busy says nothing. */
const patience = 5000;
/** How long it may take to say who it is, where one of many is asked. */
const greetingPatience = 500;
/** How long a line may be, in bytes. */
const longestLine = 2 ** 28;

/** A process whose socket is there. */
export interface Found {
  readonly pid: number;
  readonly thread: number;
  /** Undefined: it does not answer, because it is busy or stopped, or it says what this command does not understand. */
  readonly hello: Hello | undefined;
}

/** Those in the user's folder. What processes that were killed have left is removed. */
export function* findProcesses(): Coroutine<Found[]> {
  const folder = socketFolder();
  if (!existsSync(folder)) return [];
  checkFolder(folder);
  const found: Found[] = [];
  for (const name of readdirSync(folder)) {
    const [, pid, thread = "0"] = /^(\d+)(?:-(\d+))?\.sock$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    try {
      found.push({ pid: Number(pid), thread: Number(thread), hello: yield* greet(path) });
    } catch (error) {
      if (!isErrno(error, "ECONNREFUSED", "ENOENT")) throw error;
      inspectSafely(() => unlinkSync(path), undefined); // another command may have done it
    }
  }
  return found.toSorted((a, b) => a.pid - b.pid || a.thread - b.thread);
}

function* greet(path: string): Coroutine<Hello | undefined> {
  const lines = yield* open(path);
  try {
    const hello = yield* receive<Partial<Hello> | null>(lines, greetingPatience);
    return isHello(hello) ? hello : undefined;
  } catch (error) {
    if (isErrno(error, "ECANCELED")) throw error;
    return undefined;
  } finally {
    hclose(lines);
  }
}

function isHello(hello: Partial<Hello> | null): hello is Hello {
  if (typeof hello !== "object" || hello === null) return false;
  const { pid, thread, started, node, argv } = hello;
  const areNumbers = [hello.hello, pid, thread, started].every((it) => typeof it === "number");
  return areNumbers && typeof node === "string" && Array.isArray(argv);
}

/** Undefined: it has no such socket. */
export function* askSocket(
  path: string,
  request: Omit<Request, "id">,
): Coroutine<Picture | undefined> {
  if (!existsSync(path)) return undefined;
  checkFolder(socketFolder());
  const lines = yield* open(path);
  try {
    const hello = yield* receive<Partial<Hello> | null>(lines);
    if (typeof hello?.hello === "number" && hello.hello !== format)
      throw new Problem(otherVersion(hello.hello));
    if (!isHello(hello)) throw new Problem("the process does not speak as libdill-ts does");
    const coroutines = yield* ask<CoroutineSnapshot>(lines, { ...request, id: 1 }, "coroutines");
    const handles = yield* ask<HandleSnapshot>(lines, { id: 2, op: "handles" }, "handles");
    return {
      process: hello,
      coroutines: coroutines.found,
      handles: handles.found,
      omitted: coroutines.omitted,
    };
  } catch (error) {
    if (isErrno(error, "ETIMEDOUT")) {
      throw new Problem(
        `the process has not answered for ${patience / 1000} s: it is busy, or stopped; --signal looks into busy ones`,
      );
    }
    if (isErrno(error, "EPIPE", "ECONNRESET")) {
      throw new Problem(
        "the process has closed the connection: it has ended, or too many look at once",
      );
    }
    if (error instanceof SyntaxError)
      throw new Problem("the process does not speak as libdill-ts does");
    throw error;
  } finally {
    hclose(lines);
  }
}

function otherVersion(hello: number): string {
  const which = hello > format ? "a newer" : "an older";
  return `the process has ${which} version of libdill-ts, which this command does not understand: use the command of that version, ./node_modules/.bin/libdill-ts where the program is`;
}

function* open(path: string): Coroutine<SuffixSocket> {
  return suffixAttach(yield* ipcConnect(path, now() + patience), "\n", { maxSize: longestLine });
}

function* ask<T>(
  lines: SuffixSocket,
  request: Request,
  what: "coroutines" | "handles",
): Coroutine<{ readonly found: T[]; readonly omitted: number }> {
  yield* msend(lines, Buffer.from(JSON.stringify(request)), now() + patience);
  const found: T[] = [];
  for (;;) {
    const line = yield* receive<Part | End | Refusal>(lines);
    if ("error" in line)
      throw new Problem(`the process does not understand this command: ${line.error}`);
    if ("done" in line) return { found, omitted: line.omitted };
    for (const it of line[what] ?? []) found.push(it as T);
  }
}

function* receive<T>(lines: SuffixSocket, time = patience): Coroutine<T> {
  const line = yield* mrecv(lines, now() + time);
  return JSON.parse(line.toString()) as T;
}
