import { dillError, inspectSafely, Options, textOf } from "../errors/index.js";
import { ChoiceMaker, type Decide } from "./choiceMaker.js";
import { alone } from "./oneWorld.js";
import { randomFrom } from "./random.js";
import { type Body, Schedules } from "./schedules.js";
import { readSettings, type SimulationOptions } from "./settings.js";

/**
 * Runs a program in a world of its own: in virtual time, on a simulated network. The program's code is the same as ever.
 *
 * The clock moves when nobody can run, to the next deadline or event: an hour of sleep takes no time. Local sockets, TCP, UDP and
 * names are simulated, with a kernel's semantics. When everybody waits, also for a socket, and nothing is left to come,
 * the run ends with `EDEADLK` at once.
 *
 * @param body - A generator function; it is given the {@link Simulation}.
 * @param options - Faults, limits and the seed: see {@link SimulationOptions}.
 * @returns What the program has returned. Rejects with what the program has failed with, as {@link run} does; and with
 * {@link DillError} where
 * - `EBUSY`: coroutines are alive on the real clock, or it was called inside a simulation.
 * - `EDEADLK`: everybody waits, and nothing is left to come; or the program goes on and on while the clock stands.
 * - `EINVAL`: the body is no generator function, or an option is none.
 * - `ENOTSUP`: the program waits for the real world, and `outside` is "forbid"; or two copies of this package are loaded.
 * - `ETIMEDOUT`: the program has waited for the real world longer than `patience`.
 * @example
 * ```ts
 * await simulate(function* (sim) {
 *   yield* msleep(now() + 3_600_000);
 *   console.log(sim.elapsed); // 3600000, at once
 * });
 * ```
 * Source: trio's MockClock, Go's testing/synctest
 */
export function simulate<T>(body: Body<T>, options?: SimulationOptions): Promise<T> {
  return alone("simulate", () => {
    const settings = readSettings(new Options(options, "simulate"), "walk");
    const checked = checkBody(body, "simulate");
    const random = randomFrom(settings.seed);
    const choices = new ChoiceMaker(pickAtRandom(random), random, false);
    const program = new Schedules(checked, settings, "fifo");
    return () => program.run(choices);
  });
}

/**
 * The same as a function for a test: `it("…", simulated(function* (sim) { … }))`, under any test runner. Never blocks.
 *
 * @param body - As of {@link simulate}.
 * @param options - As of {@link simulate}.
 * @returns A function without parameters, so that no runner waits for a callback.
 */
export function simulated(body: Body<unknown>, options?: SimulationOptions): () => Promise<void> {
  return async () => {
    await simulate(body, options);
  };
}

/** The scheduler does as in production; what the program picks is left to chance. */
function pickAtRandom(random: () => number): Decide {
  return (kind, ways, _place, odds) => {
    if (kind !== "pick" || random() >= odds) return 0;
    return 1 + Math.floor(random() * (ways - 1));
  };
}

export function checkBody<T>(body: Body<T>, syscall: string): Body<T> {
  const what = kindOf(body);
  if (what === undefined) return body;
  const message = `${syscall} takes a generator function, which it calls once for each run, not ${what}`;
  throw dillError("EINVAL", syscall, message);
}

/** What it is instead; undefined: it may be a generator function, or return what one has made. */
function kindOf(body: unknown): string | undefined {
  const tag = inspectSafely(() => Object.prototype.toString.call(body), "");
  if (tag === "[object Generator]") return "a coroutine that was called already";
  if (typeof body !== "function") return textOf(body);
  if (tag === "[object AsyncFunction]") return "an async function: write function* () {…}";
  if (tag === "[object AsyncGeneratorFunction]")
    return "an async generator function: write function* () {…}";
  const source = inspectSafely(() => Function.prototype.toString.call(body), "");
  return source.startsWith("class") ? "a class" : undefined;
}
