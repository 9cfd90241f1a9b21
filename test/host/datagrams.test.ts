// What every host promises of its sockets of UDP, and of names.
import { expect } from "chai";
import type { HostDatagrams } from "#src/host/datagrams.js";
import { type Failure, type InetAddress, onNode, simulatedHost } from "../support/hosts.js";

const anywhere: InetAddress = { family: "ipv4", address: "127.0.0.1", port: 0 };

/** What was received, with where it came from. */
type Received = readonly [text: string, from: InetAddress];

for (const { name, datagrams, names, until } of [onNode, simulatedHost]) {
  const open = (
    at: InetAddress,
    received: (it: Received) => void = () => {},
  ): Promise<HostDatagrams | Failure> =>
    until((resolve) => {
      const socket = datagrams.open(
        at,
        { broadcast: false },
        {
          opened: () => resolve(socket),
          received: (bytes, from) => received([bytes.toString("latin1"), from]),
          failed: resolve,
        },
      );
    });
  const opened = async (at: InetAddress, received?: (it: Received) => void) => {
    const socket = await open(at, received);
    if ("code" in socket) throw new Error(socket.code);
    return socket;
  };

  describe(`${name}: sockets of UDP`, () => {
    it("get a free port, and say which", async () => {
      const socket = await opened(anywhere);
      expect(socket.address()).to.include({ address: "127.0.0.1", family: "ipv4" });
      expect(socket.address()?.port).to.be.above(0);
      socket.close();
    });

    it("carry datagrams as a whole, an empty one too, with where they come from", async () => {
      const got: Received[] = [];
      let tell = (): void => {};
      const b = await opened(anywhere, (it) => {
        got.push(it);
        if (got.length === 3) tell();
      });
      const a = await opened(anywhere);
      const to = b.address() ?? anywhere;
      await until<void>((over) => {
        tell = over;
        for (const text of ["one", "", "three"])
          expect(a.send(Buffer.from(text), to)).to.equal("sent");
      });
      const from = a.address();
      expect(got).to.deep.equal([
        ["one", from],
        ["", from],
        ["three", from],
      ]);
      a.close();
      b.close();
    });

    it("refuse what is longer than a datagram", async () => {
      const a = await opened(anywhere);
      const to = { ...anywhere, port: a.address()?.port ?? 0 };
      expect(a.send(Buffer.alloc(65_508), to)).to.have.property("code", "EMSGSIZE");
      a.close();
    });

    it("share no port", async () => {
      const a = await opened(anywhere);
      expect(await open(a.address() ?? anywhere)).to.have.property("code", "EADDRINUSE");
      a.close();
    });

    it("give their port back when they are closed, and report nothing more", async () => {
      const a = await opened(anywhere, () => expect.fail("it is closed"));
      const at = a.address() ?? anywhere;
      const sender = await opened(anywhere);
      sender.send(Buffer.from("late"), at);
      a.close();
      const b = await opened(at);
      b.close();
      sender.close();
    });
  });

  describe(`${name}: names`, () => {
    const lookup = (host: string, family: "ipv4" | "ipv6") =>
      until<readonly string[]>((found) => {
        names.lookup(
          { name: host, family, resolver: undefined },
          { found, failed: ({ code }) => expect.fail(code) },
        );
      });

    it("know localhost", async () => {
      expect(await lookup("localhost", "ipv4")).to.deep.equal(["127.0.0.1"]);
    });

    it("answer nobody who has given up", async () => {
      const giveUp = names.lookup(
        { name: "localhost", family: "ipv4", resolver: undefined },
        { found: () => expect.fail("found"), failed: () => expect.fail("failed") },
      );
      giveUp();
      await lookup("localhost", "ipv4");
    });

    it("know the loopback interface", () => {
      const loopback = names.interfaces().filter(({ address }) => address === "127.0.0.1");
      expect(loopback).to.have.lengthOf(1);
      expect(loopback[0]).to.include({ family: "ipv4", scope: 0 });
    });
  });
}
