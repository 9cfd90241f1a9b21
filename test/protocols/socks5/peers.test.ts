// Our client, and proxies that others have written. The other way round is test/examples/socks5Proxy.test.ts.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  now,
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpListen,
  type TcpListener,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import { socks5ClientConnect, socks5ClientConnectbyname } from "libdill-ts/socks5";
import { codeOf } from "../../support/failure.js";
import { it } from "../../support/it.js";
import { stopProcesses } from "../../support/process.js";
import { freePort, startDante, startMicrosocks, startSsh } from "../../support/socksPeers.js";

const proxies = {
  microsocks: startMicrosocks,
  "dante-server": startDante,
  "ssh -D": startSsh,
} as const;

describe("socks5ClientConnect and the proxies of others", function () {
  this.timeout(20_000);
  afterEach(stopProcesses);

  for (const [name, start] of Object.entries(proxies)) {
    it(`${name}: talks to a server by address and by name, through the same socket`, function* () {
      const proxy = yield* start();
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const { port } = tcpLocal(ls);
      const servers = bundle();
      bundleGo(servers, serveBackwards(ls));
      const deadline = now() + 10_000;
      for (const connect of [
        (s: TcpSocket) => socks5ClientConnect(s, null, null, tcpLocal(ls), deadline),
        (s: TcpSocket) => socks5ClientConnectbyname(s, null, null, "localhost", port, deadline),
        (s: TcpSocket) => socks5ClientConnectbyname(s, null, null, "127.0.0.1", port, deadline),
      ]) {
        const s = yield* tcpConnect(proxy, deadline);
        yield* connect(s);
        yield* bsend(s, Buffer.from("hello"), deadline);
        expect(String(yield* brecv(s, 5, deadline))).to.equal("olleh");
        yield* tcpClose(s, deadline);
      }
      hclose(servers);
    });
  }

  it("microsocks: takes the password, refuses others, and says that nobody listens", function* () {
    const proxy = yield* startMicrosocks("user", "pass");
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    expect(yield* attempt(proxy, "user", "pass", tcpLocal(ls))).to.equal("none");
    expect(yield* attempt(proxy, "user", "wrong", tcpLocal(ls))).to.equal("EACCES");
    expect(yield* attempt(proxy, null, null, tcpLocal(ls))).to.equal("EACCES");
    const nobody = ipaddrLocal("127.0.0.1", yield* freePort());
    expect(yield* attempt(proxy, "user", "pass", nobody)).to.equal("ECONNREFUSED");
  });

  it("dante-server: says what is not allowed, that nobody listens, and which names it does not know", function* () {
    const proxy = yield* startDante();
    expect(yield* attempt(proxy, null, null, ipaddrLocal("127.0.0.9", 80))).to.equal("EACCES");
    const nobody = ipaddrLocal("127.0.0.1", yield* freePort());
    expect(yield* attempt(proxy, null, null, nobody)).to.equal("ECONNREFUSED");
    const s = yield* tcpConnect(proxy, -1);
    const unknown = socks5ClientConnectbyname(s, null, null, "no.such.host.invalid", 80, -1);
    expect(["EIO", "EHOSTUNREACH", "EACCES"]).to.include(yield* codeOf(unknown));
  });

  it("a server that is no proxy is EPROTO", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const servers = bundle();
    bundleGo(
      servers,
      (function* (): Coroutine {
        yield* bsend(yield* tcpAccept(ls, -1), Buffer.from("220 smtp ready\r\n"), -1);
      })(),
    );
    expect(yield* attempt(tcpLocal(ls), null, null, tcpLocal(ls))).to.equal("EPROTO");
    hclose(servers);
  });
});

/** The code of the error, or "none". */
function* attempt(
  proxy: Ipaddr,
  user: string | null,
  password: string | null,
  addr: Ipaddr,
): Coroutine<string> {
  const deadline = now() + 10_000;
  const s = yield* tcpConnect(proxy, deadline);
  try {
    yield* socks5ClientConnect(s, user, password, addr, deadline);
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    hclose(s);
  }
}

/** Answers each client with its five letters, backwards. */
function* serveBackwards(ls: TcpListener): Coroutine {
  for (;;) {
    const s = yield* tcpAccept(ls, -1);
    yield* bsend(s, (yield* brecv(s, 5, -1)).toReversed(), -1);
    yield* tcpClose(s, -1);
  }
}
