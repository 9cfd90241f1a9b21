// Who may connect: a function of the program's is asked while the host reports a connection, where nobody could catch what the function throws.
import { inspectSafely, textOf } from "../errors/index.js";
import { host, type HostSocket } from "../host/index.js";
import { failOwner, type Task } from "../kernel/index.js";
import { type IpcPeer, peerOf } from "./ipcPeer.js";

export type Allow = (peer: IpcPeer) => boolean;

export function isAllow(value: unknown): value is Allow {
  return typeof value === "function";
}

/** Asks on behalf of one listener. */
export class AllowCheck {
  readonly #allow: Allow;
  readonly #owner: Task["owner"];
  readonly #path: string;
  #hasFailed = false;

  constructor(allow: Allow, owner: Task["owner"], path: string) {
    this.#allow = allow;
    this.#owner = owner;
    this.#path = path;
  }

  /** Whoever can't be asked about is refused, and so is everybody as long as the question itself fails. */
  admits(socket: HostSocket): boolean {
    const peer = peerOf(socket);
    if ("code" in peer) return false;
    try {
      const answer: unknown = this.#allow(peer);
      if (answer !== true) this.#watch(answer);
      return answer === true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** An async function's answer is a promise, which is no `true`. Its error must be seen all the same. */
  #watch(answer: unknown): void {
    const isPromise = inspectSafely(() => answer instanceof Promise, false);
    if (!isPromise) return;
    void Promise.prototype.then.call(answer, undefined, (error: unknown) => this.#failed(error));
  }

  /** Each peer may make the function throw, so that only the first error is kept. The run may go on for years. */
  #failed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const text = inspectSafely(
      () => (error instanceof Error ? String(error.stack ?? error) : textOf(error)),
      textOf(error),
    );
    host.warn(
      "IPC_ALLOW",
      `allow has thrown for a peer of ${this.#path}, and such peers are refused; the run will be told of this error, ` +
        `and of no other one of that listener: ${text}`,
    );
    failOwner(this.#owner, error);
  }
}
