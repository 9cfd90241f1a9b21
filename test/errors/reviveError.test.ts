import { once } from "node:events";
import { inspect } from "node:util";
import { MessageChannel } from "node:worker_threads";
import { expect } from "chai";
import {
  chdone,
  chmake,
  chrecv,
  type DillError,
  hclose,
  ipcConnect,
  isErrno,
  reviveError,
} from "libdill-ts";
import { failureOf } from "../support/failure.js";
import { hostileErrors } from "../support/hostileErrors.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("reviveError", () => {
  it("makes of a copy the error that it was, stack and cause included", function* () {
    const path = socketPath();
    const error = yield* failureOf(ipcConnect(path, -1));
    const copy = structuredClone(error);
    expect(isErrno(copy)).to.equal(false);
    const revived = reviveError(copy) as DillError;
    expect(isErrno(revived, "ENOENT")).to.equal(true);
    expect(revived).to.include({
      code: "ENOENT",
      errno: error.errno,
      syscall: "ipc_connect",
      address: path,
      message: error.message,
      stack: error.stack,
    });
    expect(revived.cause).to.have.property("message", (error.cause as Error).message);
  });

  it("does so for one that is control flow, and has no stack", function* () {
    const [a, b] = chmake();
    chdone(a);
    const error = yield* failureOf(chrecv(b, -1));
    const revived = reviveError(structuredClone(error)) as DillError;
    expect(isErrno(revived, "EPIPE")).to.equal(true);
    expect(revived.message).to.equal(error.message);
    for (const h of [a, b]) hclose(h);
  });

  it("works with what has come through a port", async () => {
    const { port1, port2 } = new MessageChannel();
    const arriving = once(port2, "message");
    port1.postMessage(Object.assign(new Error("EIO: i/o error, ipc_accept")));
    const [copy] = (await arriving) as [unknown];
    expect(isErrno(reviveError(copy), "EIO")).to.equal(true);
    port1.close();
  });

  it("leaves alone what is no copy of ours", () => {
    const others = [
      new Error("mine"),
      new Error("EFOO: foo, bar"),
      { code: "x" },
      1,
      null,
      "EIO: x, y",
    ];
    for (const other of others) expect(reviveError(other)).to.equal(other);
    for (const make of Object.values(hostileErrors)) {
      const other = make();
      expect(reviveError(other) === other).to.equal(true);
    }
    expect(reviveError({ code: "EPIPE" })).to.deep.equal({ code: "EPIPE" });
  });
});

describe("an error, looked at", () => {
  it("shows each of its fields once, and is sensible as JSON", function* () {
    const path = socketPath();
    const error = yield* failureOf(ipcConnect(path, -1));
    const [shown] = inspect(error).split("[cause]");
    for (const line of ["code: 'ENOENT'", "syscall: 'ipc_connect'", `address: '${path}'`]) {
      expect(shown?.split(line)).to.have.lengthOf(2);
    }
    expect(JSON.parse(JSON.stringify(error))).to.deep.include({ code: "ENOENT", address: path });
  });
});
