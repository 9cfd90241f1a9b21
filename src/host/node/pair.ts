// A pair of connected sockets. Node has no socketpair(2): the two ends meet at a listener in a folder that only we
// can enter.
import type { Failure, HostSocket, PairEvents } from "../sockets.js";
import { afterPoll } from "./afterPoll.js";
import { fs, os, paths } from "./builtin.js";
import { connect } from "./connect.js";
import { failureOf } from "./errnoOf.js";
import { lackOfDescriptors } from "./fdShortage.js";
import { NodeListener } from "./nodeListener.js";
import { nextTick } from "./timers.js";
import { removeFolder } from "./unlinkQuietly.js";

/** The folder is gone before the pair is reported. */
export function connectPair(events: PairEvents): { close(): void } {
  let folder: string;
  try {
    folder = fs().mkdtempSync(paths().join(os().tmpdir(), "dill-pair-"));
  } catch (error) {
    let isWanted = true;
    nextTick(() => {
      if (isWanted) events.failed(failureOf(error));
    });
    return {
      close() {
        isWanted = false;
      },
    };
  }
  const path = paths().join(folder, "s");
  let client: HostSocket | undefined;
  let server: HostSocket | undefined;
  let isConnected = false;
  let isOver = false;

  const listener = new NodeListener({
    listening: () => {
      client = connect(path, {
        connected: () => {
          isConnected = true;
          afterPoll(watchClient);
          finish();
        },
        refused: (failure) => fail(failure === "EAGAIN" ? failureOf(undefined) : failure),
      });
    },
    accepted: (socket) => {
      server = socket;
      client?.pause();
      finish();
    },
    failed: fail,
  });
  listener.ref();
  listener.bind(path, 1);
  return { close };

  function finish(): void {
    if (client === undefined || server === undefined || !isConnected) return;
    tidy();
    events.paired(client, server);
  }
  /** If no descriptor was left for the other end, Node has closed it without a word, and the client sees its end. */
  function watchClient(): void {
    if (isOver || server !== undefined || client === undefined) return;
    client.events = {
      ended: failForLack,
      readFailed: failForLack,
      writeFailed: failForLack,
      received() {},
      written() {},
    };
    client.resume();
  }
  function failForLack(): void {
    fail(lackOfDescriptors() ?? { code: "EMFILE" });
  }
  function fail(failure: Failure): void {
    close();
    events.failed(failure);
  }
  function close(): void {
    tidy();
    client?.close();
    server?.close();
  }
  function tidy(): void {
    isOver = true;
    listener.close();
    removeFolder(folder);
  }
}
