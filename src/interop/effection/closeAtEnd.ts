// Closing handles where an Effection scope ends.
import { action, type Operation as EffectionOperation } from "effection";
import { combine, listed } from "../../errors/index.js";
import { closeHandle, type Handle, isOpen, resourceOf } from "../../handles/index.js";
import { whenAtRest } from "../../kernel/index.js";
import { BundleResource } from "../../runtime/index.js";

/** Closes those that are open, each of them whatever the others throw. */
export function* closeAtEnd(handles: readonly Handle[]): EffectionOperation<void> {
  if (handles.some(isRunning)) yield* rest();
  const errors: unknown[] = [];
  for (const h of handles) {
    try {
      if (isOpen(h)) closeHandle(h, "hclose");
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw combine(listed(errors));
}

/** Whether it is a bundle of which a coroutine, on the stack, has ended the scope. It can't be closed from in there. */
function isRunning(h: Handle): boolean {
  const resource = isOpen(h) ? resourceOf(h, "hclose") : null;
  return resource instanceof BundleResource && resource.hasRunningMember();
}

function rest(): EffectionOperation<void> {
  return action((resolve) => {
    whenAtRest(resolve);
    return () => {};
  });
}
