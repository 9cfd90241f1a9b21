// Lookups that a real server for names answers, over the wire.
import { expect } from "chai";
import {
  go,
  happyeyeballsConnect,
  hclose,
  IPADDR_IPV4,
  IPADDR_IPV6,
  IPADDR_PREF_IPV6,
  ipaddrLocal,
  type IpaddrMode,
  ipaddrRemote,
  ipaddrRemotes,
  ipaddrStr,
  msleep,
  now,
  tcpAccept,
  tcpListen,
  tcpLocal,
  tcpPeer,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { type NameServer, nameServer } from "../support/nameServer.js";

describe("names that a server answers for", () => {
  let server: NameServer;
  before(async () => {
    server = await nameServer({
      "both.test": { v4: ["10.0.0.1", "10.0.0.2"], v6: ["fd00::1"] },
      "v4.test": { v4: ["10.0.0.3"] },
      "v6.test": { v6: ["fd00::2"] },
      "here.test": { v4: ["127.0.0.1"], v6: "silent" },
      "silent.test": { v4: "silent", v6: "silent" },
      "broken.test": { v4: "broken", v6: "broken" },
      "garbage.test": { v4: "garbage", v6: "garbage" },
    });
  });
  after(() => {
    server.close();
  });

  function* addresses(name: string, mode: IpaddrMode) {
    const { resolver } = server;
    const found = yield* ipaddrRemotes(name, 80, mode, now() + 5000, { resolver });
    return found.map((addr) => ipaddrStr(addr));
  }

  it("have addresses of both families, in the order that was asked for", function* () {
    expect(yield* addresses("both.test", 0)).to.deep.equal(["10.0.0.1", "10.0.0.2", "fd00::1"]);
    expect(yield* addresses("both.test", IPADDR_PREF_IPV6)).to.deep.equal([
      "fd00::1",
      "10.0.0.1",
      "10.0.0.2",
    ]);
  });

  it("are asked for in one family, if one is wanted", function* () {
    server.questions.length = 0;
    expect(yield* addresses("both.test", IPADDR_IPV6)).to.deep.equal(["fd00::1"]);
    expect(server.questions).to.deep.equal(["AAAA both.test"]);
  });

  it("may have addresses of one family alone", function* () {
    expect(yield* addresses("v4.test", 0)).to.deep.equal(["10.0.0.3"]);
    expect(yield* addresses("v6.test", 0)).to.deep.equal(["fd00::2"]);
    expect(yield* addresses("v6.test", IPADDR_IPV4)).to.deep.equal([]);
  });

  it("are no addresses if there is no such name, and EADDRNOTAVAIL for who wants one", function* () {
    const { resolver } = server;
    expect(yield* addresses("nobody.test", 0)).to.deep.equal([]);
    const one = ipaddrRemote("nobody.test", 80, 0, now() + 5000, { resolver });
    expect(yield* codeOf(one)).to.equal("EADDRNOTAVAIL");
  });

  it("are EIO if the server has failed, or answers with what is no answer", function* () {
    expect(yield* codeOf(addresses("broken.test", 0))).to.equal("EIO");
    const { resolver } = server;
    const op = ipaddrRemotes("garbage.test", 80, 0, now() + 50, { resolver });
    expect(yield* codeOf(op)).to.be.oneOf(["EIO", "ETIMEDOUT"]);
  });

  it("are ETIMEDOUT under a deadline, and given up when canceled, if the server is silent", function* () {
    const { resolver } = server;
    const op = ipaddrRemotes("silent.test", 80, 0, now() + 30, { resolver });
    expect(yield* codeOf(op)).to.equal("ETIMEDOUT");
    let code = "";
    const asking = go(
      (function* () {
        code = yield* codeOf(ipaddrRemotes("silent.test", 80, 0, -1, { resolver }));
      })(),
    );
    yield* msleep(now() + 10);
    hclose(asking);
    expect(code).to.equal("ECANCELED");
  });

  it("lead happy eyeballs to who is there, though one family is never answered", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const { resolver } = server;
    const port = tcpLocal(ls).port;
    const s = yield* happyeyeballsConnect("here.test", port, now() + 5000, { resolver });
    const t = yield* tcpAccept(ls, now() + 5000);
    expect(ipaddrStr(tcpPeer(s))).to.equal("127.0.0.1");
    for (const h of [s, t, ls]) hclose(h);
  });
});
