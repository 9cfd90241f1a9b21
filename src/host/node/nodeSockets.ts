// Local sockets over node:net.
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure, HostSocket, LocalSockets, PairEvents } from "../host.js";
import { afterPoll } from "./afterPoll.js";
import { connect } from "./connect.js";
import { checkDescriptor } from "./descriptor.js";
import { failureOf } from "./errnoOf.js";
import { NodeListener } from "./nodeListener.js";
import { NodeSocket } from "./nodeSocket.js";
import { removeFolder } from "./unlinkQuietly.js";
import { longestPath } from "./socketAddress.js";

export const nodeSockets: LocalSockets = {
  longestPath,

  directory() {
    try {
      return process.cwd();
    } catch {
      return ""; // it has been removed, or is deeper than a path can say
    }
  },

  lackOfDescriptors() {
    try {
      closeSync(openSync("/dev/null", "r"));
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      return failure.code === "EMFILE" || failure.code === "ENFILE" ? failure : undefined;
    }
  },

  connect,

  listen: (path, options, events) => new NodeListener(events).listen(path, options),

  pair: connectPair,

  adopt(fd) {
    const failure = checkDescriptor(fd, "connected");
    if (failure !== undefined) return failure;
    if (adopted.get(fd)?.deref()?.isClosed === false) return { code: "EBUSY" };
    try {
      const socket = new NodeSocket(new Socket(adoptedSocket(fd)));
      adopted.set(fd, new WeakRef(socket));
      return socket;
    } catch (error) {
      return failureOf(error);
    }
  },

  adoptListener(fd, events) {
    const failure = checkDescriptor(fd, "listening");
    if (failure !== undefined) return failure;
    return new NodeListener(events).adopt(fd);
  },
};

/** Node knows a descriptor only while it reads there. */
const adopted = new Map<number, WeakRef<NodeSocket>>();

/** By itself a socket with a descriptor reads at once, and on and on; what a server accepts need not. */
function adoptedSocket(fd: number) {
  return { fd, allowHalfOpen: true, readable: true, writable: true, pauseOnCreate: true };
}

/**
 * Node has no socketpair(2): the two ends meet at a listener in a folder that only we can enter, and
 * the folder is gone before anybody hears of them.
 */
function connectPair(events: PairEvents): { close(): void } {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "dill-pair-"));
  } catch (error) {
    let isWanted = true;
    queueMicrotask(() => {
      if (isWanted) events.failed(failureOf(error));
    });
    return {
      close() {
        isWanted = false;
      },
    };
  }
  const path = join(folder, "s");
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
  /** If no descriptor was left for it, Node has closed the other end without a word: the client sees its end. */
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
    fail(nodeSockets.lackOfDescriptors() ?? { code: "EMFILE" });
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
