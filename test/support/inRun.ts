// A test body that is a coroutine: `it("…", inRun(function* () { … }))`.
import { type Coroutine, run } from "libdill-ts";

export function inRun(body: () => Coroutine<unknown>): () => Promise<void> {
  return async () => {
    await run(body());
  };
}
