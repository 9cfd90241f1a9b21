// What has come is taken from a socket that offers it, and received from one that does not.
import { expect } from "chai";
import { brecv, type Bytestream, hmake, ipcPair, type MessageSocket, mrecv } from "libdill-ts";
import { httpAttach, httpRecvfield, httpRecvrequest } from "libdill-ts/http";
import { bytestreamType, dillError, messageType, type Reader } from "libdill-ts/impl";
import { ChunkQueue } from "../support/chunkQueue.js";
import { codeOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("a receive", () => {
  it("takes the message that has come, and makes no other operation", function* () {
    const log: string[] = [];
    const waiting = [Buffer.from("one")];
    const s = newMessages({
      take(deadline: number, syscall: string) {
        log.push(`take ${deadline} ${syscall}`);
        return waiting.pop();
      },
      *receive(deadline: number, syscall: string) {
        log.push(`receive ${deadline} ${syscall}`);
        return Buffer.from("two");
      },
    });
    const operation = mrecv(s, 5);
    expect(log).to.deep.equal([]);
    expect(String(yield* operation)).to.equal("one");
    expect(String(yield* operation)).to.equal("two"); // it may be run again
    expect(log).to.deep.equal(["take 5 mrecv", "take 5 mrecv", "receive 5 mrecv"]);
  });

  it("takes the bytes that have come if they are enough, and none of them if not", function* () {
    const queue = new ChunkQueue(["abc"]);
    const s = newBytes(queue);
    expect(String(yield* brecv(s, 2, -1))).to.equal("ab");
    expect(yield* codeOf(brecv(s, 2, -1))).to.equal("ENOTSUP");
    expect(queue.length).to.equal(1);
  });

  it("takes the lines of a head that have come, up to its end", function* () {
    const s = httpAttach(newBytes(new ChunkQueue(["GET / HTTP/1.1\r\na: b\r\n\r\n"])));
    expect((yield* httpRecvrequest(s, -1)).resource).to.equal("/");
    expect(yield* codeOf(httpRecvrequest(s, -1))).to.equal("EINVAL"); // it is not at its end
    expect(yield* httpRecvfield(s, -1)).to.deep.equal({ name: "a", value: "b" });
    for (let i = 0; i < 2; i++) expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
  });

  it("takes nothing with a deadline that is none", function* () {
    const [a, z] = yield* ipcPair();
    for (const receive of [brecv(z, 0, NaN), brecv(a, 0, NaN)]) {
      expect(yield* codeOf(receive)).to.equal("EINVAL");
    }
  });
});

function newMessages(methods: object): MessageSocket {
  const h: unknown = hmake({
    query: (type) => (type === messageType ? methods : undefined),
    close() {},
  });
  return h as MessageSocket;
}

/** A bytestream that has nothing but what has come: it can't be waited on. */
function newBytes(queue: ChunkQueue): Bytestream {
  const methods = {
    takeWith: <T>(reader: Pick<Reader<T>, "read">): T | undefined => reader.read(queue),
    *receive() {
      throw dillError("ENOTSUP", "brecv");
    },
  };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close() {},
  });
  return h as Bytestream;
}
