// A network that follows a script, for happy eyeballs in virtual time: when each family is answered, and what becomes of an
// attempt to connect. Where a return type is left out, it is that of an operation, too.
import {
  type ErrnoCode,
  type Handle,
  hmake,
  type Ipaddr,
  ipaddrLocal,
  isErrno,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { dillError, type HandleType } from "libdill-ts/impl";

type Family = "ipv4" | "ipv6";
/** After so many milliseconds: so many addresses, or an error. */
type Answer = readonly [after: number, answer: number | ErrnoCode];

export interface Script {
  /** If it is left out, there is no answer. */
  readonly ipv6?: Answer;
  readonly ipv4?: Answer;
  /** By name, such as "v6.1": after how many milliseconds it connects, or fails. Others do neither. */
  readonly connects?: Readonly<Record<string, number | readonly [after: number, code: ErrnoCode]>>;
}

/** The type by which hquery finds the name of a socket's address. */
export const nameType: HandleType<string> = Symbol("name");

export class ScriptedNetwork {
  /** The attempts and when they began: `"10 v6.1"`. */
  readonly attempts: string[] = [];
  /** What was canceled, and when: `"30 v6"` for a question, `"30 v6.1"` for an attempt. */
  readonly canceled: string[] = [];
  /** The sockets that are open. */
  readonly open = new Set<string>();
  readonly #script: Script;
  readonly #start = now();
  readonly #deadline: number;

  constructor(script: Script, deadline: number) {
    this.#script = script;
    this.#deadline = deadline;
  }

  lookUp(family: Family): Operation<readonly Ipaddr[]> {
    return { [Symbol.iterator]: () => this.#lookUp(family) };
  }

  connect(addr: Ipaddr): Operation<Handle> {
    return { [Symbol.iterator]: () => this.#connect(addr) };
  }

  *#lookUp(family: Family) {
    const name = family === "ipv6" ? "v6" : "v4";
    const [after, answer] = this.#script[family] ?? [Infinity, 0];
    yield* this.#wait(after, name);
    if (typeof answer === "string") throw dillError(answer, "ipaddr_remotes", { address: name });
    return Array.from({ length: answer }, (_, i) => addressOf(name, i + 1));
  }

  *#connect(addr: Ipaddr) {
    const name = nameOf(addr);
    this.attempts.push(this.#timed(name));
    const fate = this.#script.connects?.[name] ?? Infinity;
    const [after, code] = typeof fate === "number" ? [fate, undefined] : fate;
    yield* this.#wait(after, name);
    if (code !== undefined) throw dillError(code, "tcp_connect", { address: name });
    this.open.add(name);
    return hmake({
      query: (type) => (type === nameType ? name : undefined),
      close: () => void this.open.delete(name),
    });
  }

  *#wait(after: number, name: string) {
    const end = Math.min(now() + after, this.#deadline);
    try {
      yield* msleep(end === Infinity ? -1 : end);
    } catch (error) {
      if (isErrno(error, "ECANCELED")) this.canceled.push(this.#timed(name));
      throw error;
    }
    if (end === this.#deadline) throw dillError("ETIMEDOUT", "tcp_connect", { address: name });
  }

  #timed(what: string): string {
    return `${now() - this.#start} ${what}`;
  }
}

function addressOf(family: "v4" | "v6", number: number): Ipaddr {
  return ipaddrLocal(family === "v4" ? `10.0.0.${number}` : `fd00::${number}`, 80);
}

function nameOf({ family, address }: Ipaddr): string {
  return `${family === "ipv6" ? "v6" : "v4"}.${/\d+$/.exec(address)?.[0] ?? ""}`;
}
