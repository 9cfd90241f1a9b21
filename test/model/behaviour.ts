// What a program does, written once over the interface that the model and the library share. It writes
// the trace: a line for each result of each call, and for the start and the end of each coroutine.
import { describeError } from "./describe.js";
import type { Chosen, Code, Joined, Library, LibraryClause } from "./library.js";
import { printCall } from "./print.js";
import {
  type Block,
  type Call,
  type Clause,
  type Deadline,
  epoch,
  type ErrorHandler,
  pointInTime,
  type Program,
} from "./program.js";

/** How a block went: it ended, or has returned from the coroutine. */
type Completion = { readonly returned: unknown } | undefined;

export class Behaviour {
  readonly trace: string[] = [];
  starts = 0;
  ends = 0;
  private readonly library: Library;
  private errors = 0;
  private readonly bundles: (number | undefined)[] = [];
  private readonly scopeBundles = new Set<number>();
  private readonly tasks: (Joined | undefined)[] = [];
  private readonly channelEnds: (number | undefined)[] = [];

  constructor(library: Library) {
    this.library = library;
  }

  main(program: Program): Code {
    return this.coroutine("main", program.main, () => {
      this.bundles[0] = this.library.bundle(undefined);
      [this.channelEnds[0], this.channelEnds[1]] = this.library.chmake();
    });
  }

  private *coroutine(kind: string, block: Block, prepare = (): void => {}): Code {
    this.starts += 1;
    const name = `${kind}${this.starts}`;
    this.log(name, "starts");
    try {
      prepare();
      const completion = yield* this.block(name, block);
      this.log(name, `returns ${String(completion?.returned)}`);
      return completion?.returned;
    } catch (error) {
      this.log(name, `throws ${describeError(error)}`);
      throw error;
    } finally {
      this.ends += 1;
    }
  }

  private log(name: string, text: string): void {
    this.trace.push(`${this.library.now() - epoch} ${name} ${text}`);
  }

  private *block(name: string, block: Block): Generator<unknown, Completion, unknown> {
    for (const statement of block) {
      switch (statement.kind) {
        case "call":
          try {
            const result = yield* this.call(name, statement.call);
            this.log(name, `${printCall(statement.call)}: ${result}`);
          } catch (error) {
            this.log(name, `${printCall(statement.call)}: ${describeError(error)}`);
            if (!statement.swallows) throw error;
          }
          break;
        case "throw":
          this.errors += 1;
          throw statement.what === "primitive" ? "disk full" : new Error(`e${this.errors}`);
        case "return":
          return { returned: statement.value };
        case "try": {
          const { body, handler, rethrows, cleanup } = statement;
          try {
            const completion = yield* this.block(name, body);
            if (completion !== undefined) return completion;
          } catch (error) {
            if (handler === undefined) throw error;
            this.log(name, `catches ${describeError(error)}`);
            const completion = yield* this.block(name, handler);
            if (completion !== undefined) return completion;
            if (rethrows) throw error;
          } finally {
            this.log(name, "finally");
            // A return in it is no return of the coroutine: a finally that overrides is another matter.
            yield* this.block(name, cleanup);
          }
        }
      }
    }
    return undefined;
  }

  /** Carries out the call and says what it gave. */
  private *call(name: string, call: Call): Generator<unknown, string, unknown> {
    const { library, bundles, tasks, channelEnds } = this;
    switch (call.op) {
      case "bundle":
        bundles[call.bundle] = library.bundle(this.handler(call.bundle, call.onError));
        return "made";
      case "go":
        tasks[call.task] = bundles[call.bundle] = library.go(this.coroutine("c", call.body));
        return "started";
      case "chmake":
        [channelEnds[2 * call.channel], channelEnds[2 * call.channel + 1]] = library.chmake();
        return "made";
      case "choose": {
        const clauses = call.clauses.map((clause) => this.clause(clause));
        if (!clauses.every((clause) => clause !== undefined)) return skipped;
        const isOutside = clauses.some(({ op }) => op === "until" || op === "abort");
        const deadline = this.deadline(call.deadline, isOutside);
        const chosen = (yield* library.choose(clauses, deadline)) as Chosen;
        const result = "error" in chosen ? describeError(chosen.error) : String(chosen.value);
        return `${chosen.index} ${result}`;
      }
      case "until":
        return String(yield* library.until(call.promise, this.deadline(call.deadline, true)));
      case "msleep":
        yield* library.msleep(this.deadline(call.deadline));
        return "slept";
      case "yield":
        yield;
        return "resumed";
      case "yieldNow":
        yield* library.yieldNow();
        return "resumed";
      case "scope": {
        const value = yield* library.scope((b) => {
          bundles[call.bundle] = b;
          this.scopeBundles.add(b);
          return this.coroutine("s", call.body);
        });
        return String(value);
      }
      case "withDeadline": {
        const deadline = this.deadline(call.deadline);
        return String(yield* library.withDeadline(deadline, () => this.coroutine("d", call.body)));
      }
      default:
        return yield* this.callOnVariable(name, call);
    }
  }

  /** The calls that take a variable, which may be empty. */
  private *callOnVariable(name: string, call: Call): Generator<unknown, string, unknown> {
    const { library, tasks } = this;
    if ("end" in call) {
      const ch = this.channelEnds[call.end];
      if (ch === undefined) return skipped;
      switch (call.op) {
        case "chsend":
          yield* library.chsend(ch, call.value, this.deadline(call.deadline));
          return "sent";
        case "chrecv":
          return String(yield* library.chrecv(ch, this.deadline(call.deadline)));
        case "chdone":
          library.chdone(ch);
          return "done";
        case "hcloseEnd":
          library.hclose(ch);
          return "closed";
      }
    }
    if (call.op === "join") {
      const task = tasks[call.task];
      if (task === undefined) return skipped;
      return String(yield* library.join(task, this.deadline(call.deadline)));
    }
    const b = "bundle" in call ? this.bundles[call.bundle] : undefined;
    if (b === undefined) return skipped;
    // What it means to wait for a scope's bundle or to close it is open: see README.md.
    if (call.op !== "bundleGo" && this.scopeBundles.has(b)) return skipped;
    switch (call.op) {
      case "bundleGo":
        tasks[call.task] = library.bundleGo(b, this.coroutine("c", call.body));
        return "started";
      case "hclose":
        this.log(name, `${printCall(call)}…`);
        library.hclose(b);
        return "closed";
      case "bundleClose":
        this.log(name, `${printCall(call)}…`);
        yield* library.bundleClose(b, this.deadline(call.deadline));
        return "closed";
      case "bundleWait":
        yield* library.bundleWait(b, this.deadline(call.deadline));
        return "empty";
      default:
        throw new Error(`no such call: ${call.op}`);
    }
  }

  private clause(clause: Clause): LibraryClause | undefined {
    switch (clause.op) {
      case "send":
      case "recv": {
        const ch = this.channelEnds[clause.end];
        if (ch === undefined) return undefined;
        return clause.op === "send" ? { op: "send", ch, value: clause.value } : { op: "recv", ch };
      }
      case "join": {
        const h = this.tasks[clause.task];
        return h === undefined ? undefined : { op: "join", h };
      }
      case "bundleWait": {
        const b = this.bundles[clause.bundle];
        return b === undefined || this.scopeBundles.has(b) ? undefined : { op: "bundleWait", b };
      }
      case "deadline":
        return { op: "deadline", deadline: this.deadline(clause.deadline) };
      case "until":
      case "abort":
        return clause;
    }
  }

  private handler(slot: number, what: ErrorHandler): ((error: unknown) => void) | undefined {
    if (what === undefined) return undefined;
    return (error) => {
      this.log("onError", describeError(error));
      if (what === "throw") {
        this.errors += 1;
        throw new Error(`h${this.errors}`);
      }
      const b = this.bundles[slot];
      const isClosable = b !== undefined && !this.scopeBundles.has(b);
      if (what === "close" && isClosable) this.library.hclose(b);
    };
  }

  private deadline(deadline: Deadline, isOutside = false): number {
    return pointInTime(deadline, this.library.now(), isOutside);
  }
}

const skipped = "skipped";
