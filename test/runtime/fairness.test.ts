import { once } from "node:events";
import { Duplex } from "node:stream";
import { createServer, connect } from "node:net";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Bytestream,
  chdone,
  chmake,
  type Channel,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  ipcPair,
  type IpcSocket,
  isErrno,
  now,
  type Operation,
  run,
} from "libdill-ts";
import { bytestreamType, type BytestreamMethods } from "libdill-ts/impl";
import { fromEffection, toEffection } from "libdill-ts/effection";
import { fromDuplex } from "libdill-ts/streams";
import { itBoth as it } from "../support/it.js";

function* yieldForEver(): Coroutine {
  while (true) yield;
}

function* sendForEver(ch: Channel<number>): Coroutine {
  for (let i = 0; ; i++) yield* chsend(ch, i, -1);
}

function* receiveForEver(ch: Channel<number>): Coroutine {
  while (true) yield* chrecv(ch, -1);
}

const bytes = Buffer.alloc(64);

/** What needs no wait, until it is canceled. */
function* swallowForEver(ch: Channel<number>) {
  for (;;) {
    try {
      yield* chrecv(ch, -1);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
    }
  }
}

function* nothing(): Coroutine {}

function never(): Operation<never> {
  throw new Error("it was not to be called");
}

function* writeForEver(s: Bytestream): Coroutine {
  while (true) yield* bsend(s, bytes, -1);
}

function* readForEver(s: IpcSocket): Coroutine {
  while (true) yield* brecv(s, bytes.length, -1);
}

/** Coroutines that never leave the process alone, started in the run that the generator belongs to. */
const busy: Record<string, () => Coroutine> = {
  *"coroutines that yield for ever"() {
    go(yieldForEver());
    go(yieldForEver());
  },
  *"coroutines that exchange messages for ever"() {
    const [a, b] = chmake<number>();
    go(sendForEver(a));
    go(receiveForEver(b));
  },
  *"a coroutine that waits for one settled promise after the other"() {
    go(
      (function* () {
        for (;;) yield* choose([{ op: "until", promise: Promise.resolve() }], -1);
      })(),
    );
  },
  *"a coroutine that works for a while and waits for a settled promise, again and again"() {
    go(
      (function* () {
        for (;;) {
          yield* choose([{ op: "until", promise: Promise.resolve() }], -1);
          const end = now() + 3;
          while (now() < end);
        }
      })(),
    );
  },
  *"an Effection program that runs coroutines of ours for ever"() {
    go(
      (function* () {
        yield* fromEffection(function* () {
          for (;;) yield* toEffection(nothing);
        });
      })(),
    );
  },
  *"a coroutine that an operation has started on the way"() {
    const [ch, far] = chmake<number>();
    chdone(far);
    const b = bundle();
    const stream = new Duplex({
      read() {},
      write(_chunk, _encoding, written) {
        bundleGo(b, swallowForEver(ch));
        written();
      },
    });
    go(writeForEver(fromDuplex(stream)));
  },
  *"a bytestream whose send goes on for ever with what needs no wait"() {
    const [ch, far] = chmake<number>();
    chdone(far);
    const methods: BytestreamMethods = { send: () => swallowForEver(ch), receive: never };
    const s = hmake({
      query: (type) => (type === bytestreamType ? methods : undefined),
      close() {},
    });
    go(writeForEver(s as unknown as Bytestream));
  },
  *"a coroutine that sends for ever and one that reads all of it"() {
    const [a, b] = yield* ipcPair();
    go(readForEver(b));
    go(writeForEver(a));
  },
};

/** Something of Node's that takes several turns of its event loop; resolves when it is through. */
const work: Record<string, () => Promise<void>> = {
  async "a setTimeout callback"() {
    for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => void setTimeout(resolve, 1));
  },
  async "a setImmediate callback"() {
    for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
  },
  async "the I/O of a socket"() {
    const server = createServer((s) => s.pipe(s)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.write("ping");
    const [echo] = (await once(client, "data")) as [Buffer];
    expect(echo.toString()).to.equal("ping");
    client.end();
    await once(client, "close");
    server.close();
    await once(server, "close");
  },
};

describe("beside", () => {
  for (const [who, start] of Object.entries(busy)) {
    for (const [what, through] of Object.entries(work)) {
      it(`${who}, ${what} gets its turn`, async () => {
        const [quit, quitting] = chmake<string>();
        const running = run(
          (function* () {
            yield* start();
            expect(yield* chrecv(quitting, -1)).to.equal("through");
          })(),
        );
        await through();
        await run(
          (function* () {
            yield* chsend(quit, "through", -1);
          })(),
        );
        await running;
        hclose(quit);
        hclose(quitting);
      });
    }
  }

  it("coroutines started late in a long turn wait in the order of their start", function* () {
    const [a, b] = chmake<number>();
    const senders = bundle();
    const from = now();
    while (now() < from + 30); // busy on purpose
    for (let i = 0; i < 500; i++) bundleGo(senders, send(i));
    const received: number[] = [];
    for (let i = 0; i < 500; i++) received.push(yield* chrecv(b, -1));
    expect(received).to.deep.equal(Array.from({ length: 500 }, (_, i) => i));
    hclose(senders);
    hclose(a);
    hclose(b);

    function* send(i: number): Coroutine {
      yield* chsend(a, i, -1);
    }
  });

  it("a coroutine that sends to a full socket and a silent reader, the others go on", function* () {
    const [a, b] = yield* ipcPair();
    const writer = go(writeForEver(a));
    for (let i = 0; i < 10; i++) yield;
    hclose(writer);
    hclose(a);
    hclose(b);
  });
});
