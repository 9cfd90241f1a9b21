import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { brecv, bsend, type Coroutine, go, hclose, ipcPair } from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { fixture, stopPeers } from "../support/peer.js";
import { tempDir } from "../support/tempDir.js";

describe("ipcPair", () => {
  afterEach(stopPeers);

  it("gives two sockets connected to each other", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.from("ABC"), -1);
    yield* bsend(b, Buffer.from("DEF"), -1);
    expect((yield* brecv(b, 3, -1)).toString()).to.equal("ABC");
    expect((yield* brecv(a, 3, -1)).toString()).to.equal("DEF");
    hclose(a);
    hclose(b);
  });

  describe("cancellation", () => {
    it("is ECANCELED and leaves no socket and no file", function* () {
      const codes: string[] = [];
      const h = go(
        (function* (): Coroutine {
          codes.push(yield* codeOf(ipcPair()), yield* codeOf(ipcPair()));
        })(),
      );
      hclose(h);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      expect(leftovers()).to.deep.equal([]);
      yield;
    });
  });

  describe("errors", () => {
    it("EMFILE: no descriptor is left", async () => {
      const attempt = fixture("attempt", "pair", "exhausted");
      expect(await attempt.line()).to.equal("full");
      expect(JSON.parse((await attempt.line()) ?? "")).to.include({ code: "EMFILE" });
    });

    it("EACCES: the directory for temporary files may not be written", async () => {
      const folder = tempDir();
      const before = process.env["TMPDIR"];
      process.env["TMPDIR"] = folder;
      const attempt = fixture("attempt", "pair", "nobody");
      process.env["TMPDIR"] = before;
      if (before === undefined) delete process.env["TMPDIR"];
      expect(JSON.parse((await attempt.line()) ?? "")).to.include({ code: "EACCES" });
    });
  });

  describe("leaves nothing behind", () => {
    it("no file after the two are connected", function* () {
      const [a, b] = yield* ipcPair();
      expect(leftovers()).to.deep.equal([]);
      hclose(a);
      hclose(b);
    });
  });
});

function leftovers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("dill-pair-"));
}
