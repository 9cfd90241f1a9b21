import { mock } from "node:test";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import {
  brecv,
  go,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
  msleep,
  now,
  yieldNow,
} from "libdill-ts";
import { codeOf } from "../../support/failure.js";
import { it } from "../../support/it.js";
import { socketPath } from "../../support/tempDir.js";
import { collectWarnings } from "../../support/warnings.js";

describe("timers of Node that tests have replaced", () => {
  beforeEach(() => {
    collectWarnings("ExperimentalWarning"); // Node 20 says so of its mocks
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"] });
  });
  afterEach(() => mock.timers.reset());

  it("are not used by any operation", function* () {
    const start = now();
    yield* msleep(start + 5);
    expect(now() - start).to.be.within(5, 500);
    for (let i = 0; i < 10; i++) yield* yieldNow();

    const [a, b] = yield* ipcPair();
    expect(yield* codeOf(brecv(a, 1, now() + 5))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(brecv(b, 1, 0))).to.equal("ETIMEDOUT");

    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    const accepting = go(
      (function* () {
        yield* ipcAccept(ls, now() + 1000);
      })(),
    );
    hclose(yield* ipcConnect(path, now() + 1000));
    hclose(accepting);
  });
});

describe("host/node", () => {
  it("takes every timer from timers.ts", () => {
    const folder = new URL("../../../../src/host/node/", import.meta.url);
    const timer = /\b(?:set|clear)(?:Timeout|Interval|Immediate)\b|\bnextTick\b/g;
    const global = /queueMicrotask|process\.nextTick|performance\.|Date\.|from "node:timers/;
    for (const name of readdirSync(folder)) {
      if (name === "timers.ts") continue;
      const text = readFileSync(new URL(name, folder), "utf8").replace(/\/\/.*|\/\*[^]*?\*\//g, "");
      expect(text, name).not.to.match(global);
      const imported = /import \{([^}]*)\} from "\.\/timers\.js"/.exec(text)?.[1] ?? "";
      for (const [used] of text.matchAll(timer)) expect(imported, name).to.contain(used);
    }
  });
});
