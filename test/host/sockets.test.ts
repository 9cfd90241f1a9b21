// What every host promises of its sockets, local ones and those of TCP.
import { expect } from "chai";
import type { Failure, HostListener, HostSocket, ListenEvents } from "#src/host/sockets.js";
import { HostEnd } from "../support/hostEnd.js";
import { type InetAddress, onNode, simulatedHost, type TestedNetwork } from "../support/hosts.js";

const anywhere: InetAddress = { family: "ipv4", address: "127.0.0.1", port: 0 };
const usual = { noDelay: true, keepAlive: 0 };
const listenOptions = { backlog: 10, mode: 0o777, unlinkStale: false };

/** A listener, with what it has accepted. */
interface Open {
  readonly listener: HostListener;
  readonly accepted: HostSocket[];
}

function open(
  net: TestedNetwork,
  listen: (events: ListenEvents) => HostListener,
): Promise<Open | Failure> {
  return net.until((resolve) => {
    const accepted: HostSocket[] = [];
    const listener = listen({
      listening: () => resolve({ listener, accepted }),
      accepted: (socket) => void accepted.push(socket),
      failed: resolve,
    });
  });
}

async function opened(result: Promise<Open | Failure>): Promise<Open> {
  const it = await result;
  if ("listener" in it) return it;
  throw new Error(`the listener has failed: ${it.code}`);
}

/** One way of connecting: local sockets, or TCP. */
interface Kind {
  readonly name: string;
  /** The two ends of a connection. */
  connect(net: TestedNetwork): Promise<readonly [HostEnd, HostEnd]>;
}

const kinds: readonly Kind[] = [
  {
    name: "local sockets",
    async connect(net) {
      const path = net.path();
      const { listener, accepted } = await opened(
        open(net, (events) => net.local.listen(path, listenOptions, events)),
      );
      const client = await net.until<HostSocket | Failure | "EAGAIN">((resolve) => {
        const socket = net.local.connect(path, {
          connected: () => resolve(socket),
          refused: resolve,
        });
      });
      return await ends(net, listener, client, accepted);
    },
  },
  {
    name: "sockets of TCP",
    async connect(net) {
      const { listener, accepted } = await opened(openTcp(net));
      const client = await net.until<HostSocket | Failure>((resolve) => {
        const to = listener.address?.() ?? anywhere;
        const socket = net.inet.connect(to, usual, {
          connected: () => resolve(socket),
          refused: resolve,
        });
      });
      return await ends(net, listener, client, accepted);
    },
  },
  {
    name: "pairs",
    connect: (net) =>
      net.until((resolve) => {
        net.local.pair({
          paired: (a, b) => resolve([new HostEnd(a), new HostEnd(b)]),
          failed: ({ code }) => expect.fail(code),
        });
      }),
  },
];

function openTcp(net: TestedNetwork, at = anywhere): Promise<Open | Failure> {
  const options = { ...usual, backlog: 10, reusePort: false };
  return open(net, (events) => net.inet.listen(at, options, events));
}

async function ends(
  net: TestedNetwork,
  listener: HostListener,
  client: HostSocket | Failure | "EAGAIN",
  accepted: readonly HostSocket[],
): Promise<readonly [HostEnd, HostEnd]> {
  if (typeof client === "string" || "code" in client) throw new Error("the connect was refused");
  while (accepted.length === 0) await net.until<void>((go) => net.host.macrotask(go));
  listener.close();
  return [new HostEnd(client), new HostEnd(accepted[0] as HostSocket)];
}

for (const net of [onNode, simulatedHost]) {
  const when = (end: HostEnd, holds: (end: HostEnd) => boolean): Promise<void> =>
    net.until((go) => end.when(holds, go));
  const poll = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await net.until<void>((go) => net.host.afterPoll(go));
  };

  for (const { name, connect } of kinds) {
    describe(`${net.name}: ${name}`, () => {
      it("carry bytes in both directions, in their order", async () => {
        const [a, b] = await connect(net);
        a.socket.resume();
        b.socket.resume();
        a.socket.write(Buffer.from("one "));
        a.socket.write(Buffer.from("two"));
        b.socket.write(Buffer.from("three"));
        await when(b, ({ text }) => text === "one two");
        await when(a, ({ text }) => text === "three");
        a.socket.close();
        b.socket.close();
      });

      it("carry a list of buffers as one", async () => {
        const [a, b] = await connect(net);
        b.socket.resume();
        a.socket.writev?.([Buffer.from("one "), Buffer.from(""), Buffer.from("two")]);
        await when(b, ({ text }) => text === "one two");
        a.socket.close();
        b.socket.close();
      });

      it("report nothing before the first resume, and nothing while they pause", async () => {
        const [a, b] = await connect(net);
        a.socket.write(Buffer.from("early"));
        await poll();
        expect([b.text, b.reports]).to.deep.equal(["", []]);
        b.socket.resume();
        await when(b, ({ text }) => text === "early");
        b.socket.pause();
        a.socket.write(Buffer.from(" late"));
        a.socket.end();
        await poll();
        expect([b.text, b.reports]).to.deep.equal(["early", []]);
        b.socket.resume();
        await when(b, ({ reports }) => reports.length > 0);
        expect([b.text, b.reports]).to.deep.equal(["early late", ["ended"]]);
        a.socket.close();
        b.socket.close();
      });

      it("tell of the end behind all bytes, and the other direction goes on", async () => {
        const [a, b] = await connect(net);
        a.socket.resume();
        b.socket.resume();
        a.socket.write(Buffer.from("all"));
        a.socket.end();
        await when(b, ({ reports }) => reports.includes("ended"));
        expect(b.text).to.equal("all");
        b.socket.write(Buffer.from("answer"));
        await when(a, ({ text }) => text === "answer");
        a.socket.close();
        b.socket.close();
      });

      it("hold the sender up while nobody reads, and tell when the kernel has it all", async () => {
        const [a, b] = await connect(net);
        const chunk = Buffer.alloc(65_536, "x");
        let sent = chunk.length;
        while (a.socket.write(chunk)) sent += chunk.length;
        await poll();
        expect(a.reports).to.deep.equal([]);
        b.socket.resume();
        await when(a, ({ reports }) => reports.includes("written"));
        await when(b, ({ text }) => text.length === sent);
        a.socket.close();
        b.socket.close();
      });

      it("tell of the end when the peer has closed", async () => {
        const [a, b] = await connect(net);
        b.socket.resume();
        a.socket.write(Buffer.from("last"));
        a.socket.close();
        await when(b, ({ reports }) => reports.includes("ended"));
        expect(b.text).to.equal("last");
        b.socket.close();
      });

      it("tell of a reset when the peer has closed with bytes unread", async () => {
        const [a, b] = await connect(net);
        a.socket.write(Buffer.from("unread"));
        await poll();
        b.socket.close();
        a.socket.resume();
        await when(a, ({ reports }) => reports.some((it) => it.startsWith("readFailed")));
        expect(a.reports).to.include("readFailed ECONNRESET");
        expect(a.reports).to.not.include("ended");
        a.socket.close();
      });

      it("report nothing after close", async () => {
        const [a, b] = await connect(net);
        a.socket.resume();
        a.socket.close();
        b.socket.write(Buffer.from("late"));
        b.socket.close();
        await poll();
        expect([a.text, a.reports]).to.deep.equal(["", []]);
      });
    });
  }

  describe(`${net.name}: a local socket's path`, () => {
    const listen = (path: string, unlinkStale = false): Promise<Open | Failure> =>
      open(net, (events) => net.local.listen(path, { ...listenOptions, unlinkStale }, events));
    const connectCode = (path: string): Promise<string> =>
      net.until((resolve) => {
        const socket = net.local.connect(path, {
          connected() {
            socket.close();
            resolve("connected");
          },
          refused: (failure) => resolve(failure === "EAGAIN" ? failure : failure.code),
        });
      });

    /** What a listener has accepted, once there is something. */
    const closeAll = async (accepted: readonly HostSocket[]): Promise<void> => {
      while (accepted.length === 0) await net.until<void>((go) => net.host.macrotask(go));
      for (const socket of accepted) socket.close();
    };

    it("leads nowhere before somebody listens, and after", async () => {
      const path = net.path();
      expect(await connectCode(path)).to.equal("ENOENT");
      const { listener, accepted } = await opened(listen(path));
      expect(await connectCode(path)).to.equal("connected");
      await closeAll(accepted);
      listener.close();
      expect(await connectCode(path)).to.equal("ENOENT");
    });

    it("is taken while somebody listens", async () => {
      const path = net.path();
      const { listener, accepted } = await opened(listen(path));
      expect(await listen(path)).to.have.property("code", "EADDRINUSE");
      expect(await listen(path, true)).to.have.property("code", "EADDRINUSE");
      await poll();
      for (const socket of accepted) socket.close(); // of those who have looked whether somebody listens
      listener.close();
    });

    it("refuses when its listener has gone and left it, and can be taken over", async () => {
      const path = net.path();
      const { listener } = await opened(listen(path));
      listener.keepFile?.();
      listener.close();
      expect(await connectCode(path)).to.equal("ECONNREFUSED");
      expect(await listen(path)).to.have.property("code", "EADDRINUSE");
      const next = await opened(listen(path, true));
      expect(await connectCode(path)).to.equal("connected");
      await closeAll(next.accepted);
      next.listener.close();
    });
  });

  describe(`${net.name}: an address of TCP`, () => {
    it("gets a free port for port 0, and both ends say where they are", async () => {
      const { listener, accepted } = await opened(openTcp(net));
      const at = listener.address?.();
      expect(at?.port).to.be.above(0);
      const client = await net.until<HostSocket>((resolve) => {
        const socket = net.inet.connect(at ?? anywhere, usual, {
          connected: () => resolve(socket),
          refused: ({ code }) => expect.fail(code),
        });
      });
      while (accepted.length === 0) await net.until<void>((go) => net.host.macrotask(go));
      const server = accepted[0] as HostSocket;
      expect(client.address?.("peer")).to.deep.equal(at);
      expect(server.address?.("local")).to.deep.equal(at);
      expect(server.address?.("peer")).to.deep.equal(client.address?.("local"));
      client.close();
      server.close();
      listener.close();
    });

    it("is taken while somebody listens, and refuses after that", async () => {
      const { listener } = await opened(openTcp(net));
      const at = listener.address?.() ?? anywhere;
      expect(await openTcp(net, at)).to.have.property("code", "EADDRINUSE");
      listener.close();
      const failure = await net.until<Failure>((refused) => {
        net.inet.connect(at, usual, { connected: () => expect.fail("connected"), refused });
      });
      expect(failure.code).to.equal("ECONNREFUSED");
    });

    it("ends a torn stream with a reset", async () => {
      const [a, b] = await (kinds[1] as Kind).connect(net);
      b.socket.resume();
      a.socket.write(Buffer.from("half"));
      await when(b, ({ text }) => text === "half");
      a.socket.close(true);
      await when(b, ({ reports }) => reports.length > 0);
      expect(b.reports).to.include("readFailed ECONNRESET");
      b.socket.close();
    });
  });
}
