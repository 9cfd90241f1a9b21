// The operations that wait for descriptors.
import { closeSync, openSync, readlinkSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { brecv, hclose, ipcPair } from "libdill-ts";
import { fdin, fdout, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { codeOrNone } from "./failure.js";
import { fillUp } from "./fillUp.js";
import { empty, fill, openFifo } from "./fifo.js";
import { fromKernel, type OperationCase } from "./operationCase.js";
import { tempDir } from "./tempDir.js";

export const descriptorOperations: readonly OperationCase[] = [
  {
    ...fromKernel,
    name: "fdin",
    *set() {
      const fd = openFifo();
      return {
        op: (deadline = -1) => fdin(fd, deadline),
        *release() {
          writeSync(fd, "!");
        },
        close: () => closeSync(fd),
      };
    },
  },
  {
    ...fromKernel,
    name: "fdout",
    *set() {
      const fd = openFifo();
      fill(fd);
      return {
        op: (deadline = -1) => fdout(fd, deadline),
        *release() {
          empty(fd);
        },
        close: () => closeSync(fd),
      };
    },
  },
  {
    ...fromKernel,
    name: "ipcRecvfd",
    *set() {
      const [a, z] = yield* ipcPair();
      const sent = namedFile();
      return {
        op: (deadline = -1) => ipcRecvfd(a, deadline),
        release: () => ipcSendfd(z, sent.fd, -1),
        close: () => {
          hclose(a);
          hclose(z);
          sent.closeAll();
        },
      };
    },
  },
  {
    ...fromKernel,
    name: "ipcSendfd",
    *set() {
      const [a, z] = yield* ipcPair();
      yield* fillUp(a);
      return {
        op: (deadline = -1) => ipcSendfd(a, 0, deadline),
        *release() {
          while ((yield* codeOrNone(brecv(z, 1, 0))) === "none");
        },
        close: () => {
          hclose(a);
          hclose(z);
        },
      };
    },
  },
];

/** A descriptor of a file of its own, by which all its duplicates are found. */
export function namedFile(): { readonly fd: number; count(): number; closeAll(): void } {
  const path = join(tempDir(), "sent");
  const found = (): number[] =>
    readdirSync("/proc/self/fd")
      .map(Number)
      .filter((fd) => leadsTo(fd, path));
  return {
    fd: openSync(path, "w+"),
    count: () => found().length,
    closeAll: () => found().forEach((fd) => closeSync(fd)),
  };
}

function leadsTo(fd: number, path: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === path;
  } catch {
    return false; // our own look at the folder, by now closed
  }
}
