// Errors that resist being looked at or written to, as a table: none of them may harm anybody but whoever meets it.
import { DillError } from "libdill-ts";
import { dillError } from "libdill-ts/impl";
import { signalError } from "#src/errors/index.js";

/** Each is made anew for every use: a look may leave something on it. */
export const hostileErrors: Readonly<Record<string, () => unknown>> = {
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a revoked proxy of an error of ours": () => {
    const { proxy, revoke } = Proxy.revocable(ours(), {});
    revoke();
    return proxy;
  },
  "an error of ours that can't be read": () => resisting(ours(), ["get"]),
  "an error of ours that hides its class": () => resisting(ours(), ["getPrototypeOf"]),
  "an error of ours that hides its properties": () =>
    resisting(ours(), ["getOwnPropertyDescriptor", "has", "ownKeys"]),
  "an error of ours that can't be written to": () => resisting(ours(), ["set", "defineProperty"]),
  "a frozen error of ours": () => Object.freeze(ours()),
  "the prototype's own child": () => Object.create(DillError.prototype),
  "a child of the prototype without a code that can be read": () =>
    withGetters(Object.create(DillError.prototype), ["code", "syscall", "stack"]),
  "a child of the prototype with symbols for words": () =>
    Object.assign(Object.create(DillError.prototype), { code: Symbol("x"), syscall: Symbol("y") }),
  "a child of an error without a stack": () =>
    withGetters(Object.create(signalError("EPIPE", "test")), ["code", "syscall", "address"]),
  "an error whose getters throw": () =>
    withGetters(new Error("x"), ["stack", "message", "cause", "code", "name"]),
  "an error with a symbol for a stack": () =>
    Object.defineProperty(new Error("x"), "stack", { value: Symbol("stack") }),
  "an aggregate that can't be read": () => resisting(new AggregateError([new Error("a")]), ["get"]),
  "an aggregate of itself": () => {
    const error = new AggregateError([]);
    error.errors.push(error);
    return error;
  },
  "an object without a prototype": () => Object.create(null),
  "an object that can't be made a text": () => withGetters({}, ["toString", "valueOf", "then"]),
  "a symbol": () => Symbol("thrown"),
  undefined: () => undefined,
};

type Trap = Exclude<keyof ProxyHandler<object>, "apply" | "construct">;

/** The object, behind traps that throw. */
function resisting<T extends object>(target: T, traps: readonly Trap[]): T {
  const handler = Object.fromEntries(traps.map((trap) => [trap, refuse]));
  return new Proxy(target, handler);
}

/** The object, with getters that throw. */
export function withGetters<T extends object>(target: T, names: readonly PropertyKey[]): T {
  for (const name of names)
    Object.defineProperty(target, name, { configurable: true, get: refuse });
  return target;
}

function refuse(): never {
  throw new Error("this object does not want to be looked at");
}

function ours(): DillError {
  return dillError("EIO", "test");
}
