// Which values AsyncLocalStorage has for the code that runs now.
//
// An AsyncResource takes them along. Few programs have any, and the others must not pay for a resource
// in each coroutine; so this looks at the places where Node leaves a mark as soon as there are some. They
// are not documented: where they are missing, every coroutine gets its resource.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { AsyncContext } from "../host.js";

class Context extends AsyncResource {
  [key: symbol]: unknown;

  constructor() {
    super("libdill-ts");
  }
}

const keys = Object.getOwnPropertySymbols(new Context());
/** Present on promises, too, while values are kept by async hooks: up to Node 22. */
const idKey = keys.find((key) => key.description === "async_id_symbol");
/** Holds the values that are kept by V8: from Node 24 on. */
const frameKey = keys.find((key) => key.description === "context_frame");
const hasFrames = frameKey !== undefined && fillsFrames(frameKey);

let isInUse = false;

export function asyncContext(): AsyncContext | null {
  if (!isInUse && !hasFrames) isInUse = hasHooks();
  if (isInUse) return new Context();
  if (!hasFrames) return null;
  const context = new Context();
  isInUse = context[frameKey] !== undefined;
  return isInUse ? context : null;
}

/** One without values. */
export function blankContext(): AsyncContext {
  const context = new Context();
  const ids = new Set<string | undefined>(["async_id_symbol", "trigger_async_id_symbol"]);
  for (const key of Object.getOwnPropertySymbols(context)) {
    if (!ids.has(key.description)) context[key] = undefined;
  }
  return context;
}

function hasHooks(): boolean {
  return idKey === undefined || idKey in Promise.resolve();
}

function fillsFrames(key: symbol): boolean {
  const storage = new AsyncLocalStorage();
  const isFilled = storage.run(true, () => new Context()[key] !== undefined);
  storage.disable(); // which takes the hooks away again, where there are any
  return isFilled;
}
