// How a head's lines are read, without a connection: by whatever the bytestream does with the reader.
import { expect } from "chai";
import { type Bytestream, type Coroutine, hmake, type Operation, yieldNow } from "libdill-ts";
import { httpAttach, httpRecvfield, httpRecvrequest } from "libdill-ts/http";
import { type BytestreamMethods, bytestreamType, type Reader } from "libdill-ts/impl";
import { ChunkQueue } from "../../support/chunkQueue.js";
import { itBoth as it } from "../../support/it.js";

/** A bytestream that hands out the readers it gets. */
function newCapture() {
  const readers: Reader<unknown>[] = [];
  const methods: BytestreamMethods = {
    send: () => yieldNow(),
    receive: () => yieldNow(),
    receiveWith<T>(reader: Reader<T>): Operation<T> {
      readers.push(reader);
      return yieldNow() as unknown as Operation<T>;
    },
  };
  const s = httpAttach(
    hmake({
      query: (type) => (type === bytestreamType ? methods : undefined),
      close() {},
    }) as Bytestream,
  );
  return { s, readerOf };

  function* readerOf(operation: Operation<unknown>): Coroutine<Reader<unknown>> {
    yield* operation;
    return readers.pop() as Reader<unknown>;
  }
}

describe("a line of a head that finds no taker", () => {
  it("is read again, in its place in the head", function* () {
    const { s, readerOf } = newCapture();
    const queue = new ChunkQueue(["GET / HTTP/1.1\r\na: b\r\n\r\n"]);
    const first = yield* readerOf(httpRecvrequest(s, -1));
    const request = first.read(queue);
    expect(request).to.include({ command: "GET" });
    first.putBack?.(request);
    expect(first.isBetween).to.equal(false);
    expect((yield* readerOf(httpRecvrequest(s, -1))).read(queue)).to.deep.equal(request);

    const field = yield* readerOf(httpRecvfield(s, -1));
    const read = field.read(queue);
    field.putBack?.(read);
    expect((yield* readerOf(httpRecvfield(s, -1))).read(queue)).to.deep.equal(read);

    const last = yield* readerOf(httpRecvfield(s, -1));
    const end = last.read(queue);
    expect(last.isBetween).to.equal(true);
    last.putBack?.(end);
    expect(last.isBetween).to.equal(false);
    expect((yield* readerOf(httpRecvfield(s, -1))).read(queue)).to.equal(end);
    expect(last.isBetween).to.equal(true);
  });

  it("is among the bytes that go back to the bytestream", function* () {
    const { s, readerOf } = newCapture();
    const first = yield* readerOf(httpRecvrequest(s, -1));
    first.putBack?.(first.read(new ChunkQueue(["GET / HTTP/1.1\r\nrest"])));
    expect(String(first.giveBack())).to.equal("GET / HTTP/1.1\r\n");
  });

  it("is none if it stood in a wrong place: nothing was taken", function* () {
    const { s, readerOf } = newCapture();
    const queue = new ChunkQueue(["GET / HTTP/1.1\r\n"]);
    const field = yield* readerOf(httpRecvfield(s, -1));
    field.putBack?.(field.read(queue));
    expect([field.isBetween, queue.length]).to.deep.equal([true, 16]);
  });
});
