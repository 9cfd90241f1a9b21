// A contender is one peer's version of one program in a process of its own: no peer sees the heap, the
// compiled code or the timers of another. It is told on a line how much to do, and answers on a line.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Reading } from "./contestant.js";

export class Contender {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #complaints = "";

  constructor(command: readonly [string, ...string[]]) {
    const [file, ...args] = command;
    this.#process = spawn(file, args, { stdio: "pipe" });
    this.#process.stderr.on("data", (chunk: Buffer) => {
      this.#complaints += chunk.toString();
    });
    this.#process.stdin.on("error", () => {}); // it has ended: the missing answer tells
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** One round. Throws with what the process wrote if there is no answer. */
  async round(n: number): Promise<Reading> {
    this.#process.stdin.write(`${n}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error(this.#complaints.trim() || "it ended without an answer");
    const [amount, processor, result] = answer.value.split(" ").map(Number);
    if (amount === undefined || processor === undefined || result === undefined) {
      throw new Error(`it said: ${answer.value}`);
    }
    return { amount, processor, result };
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.stdin.end();
    await ended;
  }
}
