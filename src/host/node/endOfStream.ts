// How a stream really ended.
//
// When the last bytes arrive together with a reset, libuv reports the end of the stream and does not ask the kernel.
// Starting the handle's read once more does: the kernel then tells of the reset, or of the end again, which Node
// ignores. Where there is no such handle (in Bun and Deno, say) the first report has to do.
import type { Socket } from "node:net";
import { lookOnce } from "./afterPoll.js";

interface Inside {
  readonly _handle?: { readonly readStart?: () => unknown } | null;
}

/** Runs the job after the kernel has been asked. A reset is reported before that, as an error of the socket. */
export function askHowItEnded(socket: Socket, done: () => void): void {
  const { _handle: handle } = socket as unknown as Inside;
  if (typeof handle?.readStart !== "function") {
    done();
    return;
  }
  handle.readStart();
  lookOnce(done);
}
