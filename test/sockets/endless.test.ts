// Each operation that goes on and on inside, over sockets of a user's that never wait.
import { expect } from "chai";
import {
  bundle,
  bundleClose,
  bundleGo,
  type Bytestream,
  copyBidirectional,
  go,
  hclose,
  isErrno,
  msleep,
  mrecv,
  now,
  type Operation,
  prefixAttach,
  prefixClose,
  suffixAttach,
  termAttach,
  termDetach,
} from "libdill-ts";
import { httpAttach, httpClose, httpRecvrequest } from "libdill-ts/http";
import { bytestreamType, hquery, type Reader, receiveWith } from "libdill-ts/impl";
import { toDuplex } from "libdill-ts/streams";
import { endlessBytestream, endlessMessages } from "../support/endless.js";
import { failureOf } from "../support/failure.js";
import { it } from "../support/it.js";

const maxSize = 2 ** 31;
/** Of the lines of HTTP. */
const longest = 2 ** 28;

type Loop = (deadline: number) => Operation<unknown>;

const overBytes: Record<string, (s: Bytestream) => Loop> = {
  mrecv: (s) => {
    const messages = suffixAttach(s, "\n", { maxSize });
    return (deadline) => mrecv(messages, deadline);
  },
  "mrecv of a long message": (s) => {
    const messages = prefixAttach(s, 4, { maxSize });
    return (deadline) => mrecv(messages, deadline);
  },
  http_recvrequest: (s) => {
    const http = httpAttach(s, { maxLine: longest, maxHead: longest });
    return (deadline) => httpRecvrequest(http, deadline);
  },
  http_close: (s) => {
    const http = httpAttach(s);
    return (deadline) => httpClose(http, deadline);
  },
  prefix_close: (s) => {
    const messages = prefixAttach(s, 4);
    return (deadline) => prefixClose(messages, deadline);
  },
  "receive_all with a reader of the user's": (s) => {
    const methods = hquery(s, bytestreamType);
    return (deadline) => receiveWith(methods, all, deadline, "receive_all");
  },
};

const all: Reader<never> = {
  missing: 1,
  isBetween: true,
  read(bytes) {
    bytes.drop(bytes.length);
    return undefined;
  },
  giveBack() {
    return undefined;
  },
};

const loops: Record<string, () => Loop> = {
  copy_bidirectional: () => {
    const [a, b] = [endlessBytestream(), endlessBytestream()];
    return (deadline) => copyBidirectional(a, b, deadline);
  },
  term_detach: () => {
    const term = termAttach(endlessMessages(), "end");
    return (deadline) => termDetach(term, deadline);
  },
};
for (const [name, make] of Object.entries(overBytes)) {
  loops[name] = () => make(endlessBytestream());
  loops[`${name}, by exact numbers`] = () => make(endlessBytestream(false));
}

for (const [name, make] of Object.entries(loops)) {
  describe(`${name}, over a socket that never waits`, () => {
    const syscall = /^\w+/.exec(name)?.[0];

    it("lets others have their turn, and ends as it is canceled", function* () {
      const loop = make();
      let error: unknown;
      const looping = go(catching());
      yield* msleep(now() + 5);
      expect(error).to.equal(undefined);
      hclose(looping);
      expect(isErrno(error, "ECANCELED") && error.syscall).to.equal(syscall);

      function* catching() {
        error = yield* failureOf(loop(-1));
      }
    });

    it("ends when a grace is over", function* () {
      const loop = make();
      const b = bundle();
      bundleGo(b, forEver());
      yield* bundleClose(b, now() + 5);

      function* forEver() {
        yield* loop(-1);
      }
    });

    for (const [when, deadline] of [
      ["comes", () => now() + 5],
      ["is 0", () => 0],
    ] as const) {
      it(`is ETIMEDOUT when the deadline ${when}`, function* () {
        const error = yield* failureOf(make()(deadline()));
        expect([error.code, error.syscall]).to.deep.equal(["ETIMEDOUT", syscall]);
      });
    }
  });
}

describe("toDuplex, over a bytestream that never waits", () => {
  it("lets others have their turn", function* () {
    const duplex = toDuplex(endlessBytestream());
    let length = 0;
    duplex.on("data", (bytes: Buffer) => (length += bytes.length));
    yield* msleep(now() + 5);
    duplex.destroy();
    expect(length).to.be.above(0);
  });
});
