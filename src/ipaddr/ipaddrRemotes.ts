import { dillError, Options, textOf } from "../errors/index.js";
import type { NameResolver } from "../host/index.js";
import { type Event, type Operation, Wait } from "../kernel/index.js";
import { Answers } from "./answers.js";
import { checkPort, type Ipaddr } from "./ipaddr.js";
import { familiesOf, type IpaddrMode } from "./mode.js";

/** What {@link ipaddrRemote} and {@link ipaddrRemotes} may be told. */
export interface IpaddrRemoteOptions {
  /**
   * Whom to ask for names in place of the system: a `Resolver` of `node:dns`. It knows nothing of the hosts file. When
   * the last of our questions to it is given up, its `cancel()` is called, so don't use it for others of your own.
   */
  readonly resolver?: NameResolver | undefined;
}

/**
 * The address of another machine: of its name the first one that {@link ipaddrRemotes} would return.
 *
 * It does not wait for the other family once the preferred one has answered with an address.
 *
 * @param name - A host's name, or an address as text.
 * @param port - From 0 to 65535.
 * @param mode - Which family it may be; 0 for {@link IPADDR_PREF_IPV4}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no question.
 * @param options - Whom to ask.
 * @returns The address.
 * @throws {@link DillError}
 * - `EADDRNOTAVAIL`: there is no such name, or it has no address of the family.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the name, the port, the mode, the deadline or an option is none.
 * - `EIO`: a server for names has failed, or the resolver has.
 * - `ETIMEDOUT`: the deadline came first, or no server for names has answered in the system's own time.
 * @remarks Cancellation: as for {@link ipaddrRemotes}.
 * @example
 * ```ts
 * const deadline = now() + 1000;
 * const addr = yield* ipaddrRemote("example.org", 80, 0, deadline);
 * const s = yield* tcpConnect(addr, deadline);
 * ```
 * @see ipaddr_remote(3), https://libdill.org/ipaddr_remote.html
 */
export function ipaddrRemote(
  name: string,
  port: number,
  mode: IpaddrMode,
  deadline: number,
  options?: IpaddrRemoteOptions,
): Operation<Ipaddr> {
  return new Remote({ name, port, mode, options }, deadline);
}

/**
 * All addresses of another machine, those of the preferred family first.
 *
 * Names are looked up as everywhere on the system: in the hosts file, then by its servers for names. The system can't be
 * told to give up. When the deadline comes the coroutine goes on at once, but the process stays alive until the system has
 * answered, which may take seconds. So coroutines that ask for the same name meanwhile share one question.
 *
 * A failure counts only if no family has given an address, unlike in libdill.
 *
 * @param name - A host's name, or an address as text.
 * @param port - From 0 to 65535.
 * @param mode - Which families they may be; 0 for {@link IPADDR_PREF_IPV4}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no question.
 * @param options - Whom to ask.
 * @returns The addresses; none if there is no such name, or if it has none of the families.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the name, the port, the mode, the deadline or an option is none.
 * - `EIO`: a server for names has failed, or the resolver has.
 * - `ETIMEDOUT`: the deadline came first, or no server for names has answered in the system's own time.
 * @remarks Cancellation: the answer is of no interest any more; a resolver that was given is told so.
 * @see ipaddr_remotes(3), https://libdill.org/ipaddr_remotes.html
 */
export function ipaddrRemotes(
  name: string,
  port: number,
  mode: IpaddrMode,
  deadline: number,
  options?: IpaddrRemoteOptions,
): Operation<Ipaddr[]> {
  return new Remotes({ name, port, mode, options }, deadline);
}

export function checkName(name: string, port: number, syscall: string): void {
  if (typeof name !== "string" || name === "" || name.includes("\0")) {
    const message = `a host's name is a string with no NUL in it, not ${textOf(name) || "empty"}`;
    throw dillError("EINVAL", syscall, message);
  }
  checkPort(port, syscall);
}

interface Request {
  readonly name: string;
  readonly port: number;
  readonly mode: IpaddrMode;
  readonly options: IpaddrRemoteOptions | undefined;
}

export function readResolver(options: Options<IpaddrRemoteOptions>): NameResolver | undefined {
  const needs = "an object with the methods resolve4, resolve6 and cancel";
  return options.read("resolver", undefined, needs, isResolver);
}

function isResolver(value: unknown): value is NameResolver {
  const { resolve4, resolve6, cancel }: Partial<NameResolver> = value ?? {};
  return [resolve4, resolve6, cancel].every((method) => typeof method === "function");
}

abstract class Lookup<T> extends Wait<T> {
  protected readonly request: Request;

  constructor(request: Request, deadline: number) {
    super(deadline);
    this.request = request;
  }

  protected answers(isForOne: boolean): Answers {
    const { name, port, mode, options } = this.request;
    const { syscall } = this;
    checkName(name, port, syscall);
    return new Answers({
      name,
      port,
      families: familiesOf(mode, syscall),
      resolver: readResolver(new Options(options, syscall, name)),
      isForOne,
      syscall,
    });
  }

  protected override address(): string {
    const { name }: { readonly name: unknown } = this.request;
    return typeof name === "string" ? name : textOf(name);
  }
}

class Remotes extends Lookup<Ipaddr[]> {
  readonly syscall = "ipaddr_remotes";

  protected findEvent(): Event<Ipaddr[]> {
    return this.answers(false);
  }

  protected copy(): Remotes {
    return new Remotes(this.request, this.deadline);
  }
}

class Remote extends Lookup<Ipaddr> {
  readonly syscall = "ipaddr_remote";

  protected findEvent(): Event<Ipaddr> {
    const answers = this.answers(true);
    return {
      source: "outside",
      isReady: () => answers.isReady(),
      add: (waiter) => answers.add(waiter),
      remove: () => answers.remove(),
      take: () => {
        const [first] = answers.take();
        if (first !== undefined) return first;
        const message = "the name has no address";
        throw dillError("EADDRNOTAVAIL", this.syscall, { address: this.address(), message });
      },
    };
  }

  protected copy(): Remote {
    return new Remote(this.request, this.deadline);
  }
}
