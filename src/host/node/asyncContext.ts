// The values that AsyncLocalStorage has for the current code.
//
// An AsyncResource carries them along. Few programs have any, and the others must not pay for a resource in each
// coroutine. So this file looks at the places where Node leaves a mark as soon as there are values. Those places are
// not documented. Where they are missing, every coroutine gets a resource.
import type { AsyncContext } from "../host.js";

const { AsyncLocalStorage, AsyncResource, executionAsyncResource } =
  process.getBuiltinModule("node:async_hooks");

/** What hooks are told of a coroutine's context. */
export const contextType = "libdill-ts";

class Context extends AsyncResource {
  [key: symbol]: unknown;

  constructor() {
    super(contextType);
  }
}

const keys = Object.getOwnPropertySymbols(new Context());
/** Up to Node 22, async hooks keep the values. While they do, promises have this key, too. */
const idKey = keys.find((key) => key.description === "async_id_symbol");
/** From Node 24 on, V8 keeps the values, under this key. */
const frameKey = keys.find((key) => key.description === "context_frame");
const hasFrames = frameKey !== undefined && fillsFrames(frameKey);

let isInUse = false;
/** Hooks of our own, which keep no values. */
let areHooksOurs = false;

export function noteOwnHooks(areOurs: boolean): void {
  areHooksOurs = areOurs;
}

export function asyncContext(): AsyncContext | null {
  if (!isInUse && !hasFrames) isInUse = hasHooks();
  if (isInUse) return new Context();
  if (!hasFrames) return null;
  const context = new Context();
  isInUse = context[frameKey] !== undefined;
  return isInUse ? context : null;
}

/** A context without values. */
export function blankContext(): AsyncContext {
  const context = new Context();
  const ids = new Set<string | undefined>(["async_id_symbol", "trigger_async_id_symbol"]);
  for (const key of Object.getOwnPropertySymbols(context)) {
    if (!ids.has(key.description)) context[key] = undefined;
  }
  return context;
}

function hasHooks(): boolean {
  if (areHooksOurs) return hasValues(executionAsyncResource());
  return idKey === undefined || idKey in Promise.resolve();
}

/** Where hooks keep values, they are properties of what is executed now. */
function hasValues(resource: object): boolean {
  return Object.getOwnPropertySymbols(resource).some((key) => key.description === "kResourceStore");
}

function fillsFrames(key: symbol): boolean {
  const storage = new AsyncLocalStorage();
  const isFilled = storage.run(true, () => new Context()[key] !== undefined);
  storage.disable(); // removes the hooks again, where Node has set any
  return isFilled;
}
