// Coroutines in virtual time: the clock moves when nothing can run, and not otherwise.
import { type Coroutine, run } from "libdill-ts";
import { useHost } from "#src/host/current.js";
import { VirtualHost } from "../model/virtualHost.js";

/** Runs the coroutine to its end. The library must be as it is between two runs. */
export async function inVirtualTime<T>(coroutine: () => Coroutine<T>): Promise<T> {
  const world = new VirtualHost();
  const restore = useHost(world.members);
  try {
    const result = run(coroutine());
    result.catch(() => {}); // it is awaited below
    world.runUntilEnd();
    return await result;
  } finally {
    restore();
  }
}
