// Runs a program on the library, in virtual time.
import {
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Bundle,
  type Channel,
  type ChooseClause,
  type Coroutine,
  go,
  type Handle,
  hclose,
  join,
  type Joinable,
  msleep,
  now,
  run,
  scope,
  until,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { useHost } from "#src/host/current.js";
import { Behaviour } from "./behaviour.js";
import type { Code, Library, LibraryClause } from "./library.js";
import { outsideMoment, type Program } from "./program.js";
import type { RunResult } from "./result.js";
import { VirtualHost } from "./virtualHost.js";

// The programs' variables have no types: these give them back.
const bundleAt = (h: number): Bundle => h as Bundle;
const channelAt = (h: number): Channel<unknown> => h as Channel<unknown>;
const codeOf = (code: Code): Coroutine<unknown> => code as Coroutine<unknown>;

/** A promise that settles when the outside world says so, without a microtask of JavaScript's. */
class OutsidePromise implements PromiseLike<unknown> {
  private readonly listeners: (() => void)[] = [];
  private isSettled = false;
  private readonly isRejected: boolean;

  constructor(isRejected: boolean) {
    this.isRejected = isRejected;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what it is
  then<A, B>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.listeners.push(() => {
      if (this.isRejected) onError?.("rejected");
      else onValue?.("resolved");
    });
    if (this.isSettled) this.settle();
    return this as unknown as PromiseLike<A | B>;
  }

  settle(): void {
    this.isSettled = true;
    for (const listener of this.listeners.splice(0)) listener();
  }
}

/** Runs it; the library must be as it is between two runs. */
export async function execute(program: Program): Promise<RunResult> {
  const world = new VirtualHost();
  const restore = useHost(world.members);
  try {
    return await executeIn(world, program);
  } finally {
    restore();
  }
}

async function executeIn(world: VirtualHost, program: Program): Promise<RunResult> {
  const promises = program.promises.map(({ isRejected }) => new OutsidePromise(isRejected));
  const controllers = program.signals.map(() => new AbortController());
  let rank = 1;
  for (const [i, { at }] of program.promises.entries()) {
    world.at(outsideMoment(at, rank++), () => promises[i]?.settle());
  }
  for (const [i, { at }] of program.signals.entries()) {
    world.at(outsideMoment(at, rank++), () => controllers[i]?.abort("aborted"));
  }

  const behaviour = new Behaviour(libraryWith(promises, controllers));
  const controller = new AbortController();
  world.at(outsideMoment(program.abortAt, 0), () => controller.abort());
  const running = run(codeOf(behaviour.main(program)), {
    ...(program.abortAt < Infinity && { signal: controller.signal }),
    ...(program.grace > 0 && { grace: program.grace }),
  });
  const outcome = running.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  world.runUntilEnd();
  const { trace } = behaviour;
  return { trace, outcome: await outcome, starts: behaviour.starts, ends: behaviour.ends };
}

function libraryWith(promises: OutsidePromise[], controllers: AbortController[]): Library {
  const clauseOf = (clause: LibraryClause): object => {
    if (clause.op === "until") return { op: "until", promise: promises[clause.promise] };
    if (clause.op === "abort") return { op: "abort", signal: controllers[clause.signal]?.signal };
    return clause;
  };
  return {
    now,
    bundle: (onError) => (onError === undefined ? bundle() : bundle({ onError })),
    go: (code) => go(codeOf(code)),
    bundleGo: (b, code) => bundleGo(bundleAt(b), codeOf(code)),
    hclose: (h) => hclose(h as Handle),
    bundleClose: (b, deadline) => bundleClose(bundleAt(b), deadline),
    bundleWait: (b, deadline) => bundleWait(bundleAt(b), deadline),
    join: (h, deadline) => join(h as Joinable<unknown>, deadline),
    chmake: () => chmake<unknown>(),
    chsend: (ch, value, deadline) => chsend(channelAt(ch), value, deadline),
    chrecv: (ch, deadline) => chrecv(channelAt(ch), deadline),
    chdone: (ch) => chdone(channelAt(ch)),
    choose: (clauses, deadline) => choose(clauses.map(clauseOf) as ChooseClause<never>[], deadline),
    until: (promise, deadline) => until(promises[promise] as OutsidePromise, deadline),
    msleep,
    yieldNow,
    scope: (body) => scope((b) => codeOf(body(b))),
    withDeadline: (deadline, body) => withDeadline(deadline, () => codeOf(body())),
  };
}
