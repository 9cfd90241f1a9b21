import {
  DillError,
  dillError,
  inspectSafely,
  Options,
  signalError,
  textOf,
  toldHere,
} from "../errors/index.js";
import { type Handle, queryHandle } from "../handles/index.js";
import { type Coroutine, type Operation, operation, type Steps } from "../kernel/index.js";
import { scope } from "../runtime/index.js";
import { type Listener, type ListenerResource, listenerType } from "../sockets/index.js";
import type { Dialogue } from "./dialogues.js";
import { Server, type Terms } from "./server.js";

/** What {@link serve} may be told. */
export interface ServeOptions {
  /**
   * How many dialogues there may be at once, a whole number from 1 up; as many as come if not given. Further connections
   * wait as they do for any accept.
   */
  readonly maxConnections?: number | undefined;
  /**
   * Gets each error that escapes a dialogue, and the other dialogues go on: as that of {@link bundle}. Without it, such an error
   * cancels the other dialogues, and `serve` throws it.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * For how many milliseconds the dialogues may go on undisturbed once `serve` is told to end. After that they are told, too, as
   * by {@link bundleClose}; 0: at once. Not before the grace is over if not given: then they are canceled.
   */
  readonly tellAfter?: number | undefined;
}

const syscall = "serve";

/**
 * Accepts connections, and holds a dialogue with each, in a coroutine of its own.
 *
 * A socket is the dialogue's until that ends. Then it is closed, unless the dialogue has closed it, has put another protocol on
 * it, or has handed it over with {@link hown}; a protocol that the dialogue has put on it is the dialogue's to close. While no file
 * descriptor is left, `serve` pauses, and the process gets the warning `SERVE_PAUSED` once.
 *
 * It returns when {@link ipcDone} or {@link tcpDone} has been called on the listener, all that this had taken were served, and the
 * last dialogue has ended. When it is told to end, with a grace, it calls that itself, and throws `ECANCELED` after the last
 * dialogue. At the end of the grace whoever is left is canceled. The listener is still the caller's to close.
 *
 * @param ls - The listener, of ipc or TCP.
 * @param dialogue - A generator function that is called with the socket of each client.
 * @param options - How many dialogues there may be, and what becomes of their errors.
 * @throws {@link DillError}
 * - `EBADF`: the listener is not open, or was closed meanwhile; the dialogues were canceled.
 * - `EBUSY`: another coroutine waits for a connection on this listener.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the dialogue is no function, or an option is none. Of a dialogue: what it returned is no coroutine.
 * - `ENOTSUP`: the handle is not a listener.
 *
 * Besides, the error that escaped a dialogue, or an `AggregateError` of several; and what else the system says of the listener.
 * @remarks Cancellation: the dialogues are canceled, and have ended before the error arrives. What nobody has accepted yet waits
 * in the listener. A cancellation with grace is described above.
 * @example A daemon
 * ```ts
 * const ls = yield* tcpListen(ipaddrLocal(null, 5555), 511);
 * yield* serve(ls, dialogue, { onError: (error) => console.error(error) });
 * ```
 * Source: serve_listeners of trio, https://trio.readthedocs.io/en/stable/reference-io.html#trio.serve_listeners
 */
export function serve<S extends Handle>(
  ls: Listener<S>,
  dialogue: (s: S) => Coroutine<unknown>,
  options?: ServeOptions,
): Operation<void> {
  return operation(syscall, () => serveAll(ls, dialogue, options));
}

function* serveAll<S extends Handle>(
  ls: Listener<S>,
  dialogue: Dialogue<S>,
  options: ServeOptions | undefined,
): Steps<void> {
  const listener = queryHandle(ls, listenerType, "a listener", syscall) as ListenerResource;
  if (typeof dialogue !== "function") throw noDialogue(dialogue);
  const given = new Options(options, syscall);
  const most = given.count(
    "maxConnections",
    Infinity,
    1,
    Number.MAX_SAFE_INTEGER,
    "a whole number",
  );
  const onError = given.read("onError", null, "a function that takes the error", isOnError);
  const tellAfter = given.read("tellAfter", Infinity, "a number of milliseconds from 0 up", isTime);
  const terms = { most, onError, tellAfter, syscall };
  try {
    yield* scope(() => hold(ls, listener, dialogue, terms));
  } catch (error) {
    throw isScopes(error) ? signalError("ECANCELED", syscall) : toldHere(error, syscall);
  }
}

function* hold<S extends Handle>(
  ls: Handle,
  listener: ListenerResource,
  dialogue: Dialogue<S>,
  terms: Terms,
): Coroutine {
  yield* new Server(ls, listener, dialogue, terms).run();
}

function isScopes(error: unknown): boolean {
  return error instanceof DillError && error.code === "ECANCELED" && error.syscall === "scope";
}

function noDialogue(dialogue: unknown): Error {
  const message = inspectSafely(() => {
    const isCalled = Object.prototype.toString.call(dialogue) === "[object Generator]";
    const advice = "the dialogue is a generator function, as in serve(ls, dialogue)";
    return isCalled ? `${advice}, and this is its call` : `${advice}, not ${textOf(dialogue)}`;
  }, "the dialogue is a generator function");
  return dillError("EINVAL", syscall, message);
}

function isOnError(value: unknown): value is (error: unknown) => void {
  return typeof value === "function";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}
