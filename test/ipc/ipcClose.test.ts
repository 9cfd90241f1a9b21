// What holds for TCP, too, is in test/sockets/closeInOrder.test.ts.
import { existsSync } from "node:fs";
import { expect } from "chai";
import { ipcAccept, ipcClose, ipcListen } from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("ipcClose", () => {
  it("closes a listener, and removes its file", function* () {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    yield* ipcClose(ls, 0);
    expect(existsSync(path)).to.equal(false);
    expect(yield* codeOf(ipcAccept(ls, -1))).to.equal("EBADF");
  });
});
