// One end of a TCP connection as a bytestream, in all the ways in which it can be one.
import { once } from "node:events";
import { connect } from "node:net";
import { type Bytestream, type Coroutine, hclose, type TcpSocket } from "libdill-ts";
import { ipaddrLocal, tcpAccept, tcpListen, tcpLocal } from "libdill-ts";
import { fromDuplex, toDuplex } from "libdill-ts/streams";
import { tcp } from "./carriers.js";
import { encrypt, serving, tlsPair, trusting } from "./tlsPair.js";
import { until } from "./until.js";

const allowHalfOpen = true;

/** Each makes one, and its peer. */
const tcpEnds: Readonly<Record<string, () => Coroutine<[Bytestream, TcpSocket]>>> = {
  *"a tcp socket"() {
    return yield* tcp.pair();
  },
  *"a net.Socket"() {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 1);
    const { port } = tcpLocal(ls);
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
    const connected = once(socket, "connect");
    const peer = yield* tcpAccept(ls, -1);
    yield* until(connected);
    hclose(ls);
    return [fromDuplex(socket), peer];
  },
  *"a stream of a tcp socket"() {
    const [s, peer] = yield* tcp.pair();
    return [fromDuplex(toDuplex(s, { allowHalfOpen })), peer];
  },
};

/** The same, and ends that are encrypted. A torn stream shows: by a reset, or by the farewell that is missing. */
export const tornEnds: Readonly<Record<string, () => Coroutine<[Bytestream, Bytestream]>>> = {
  ...tcpEnds,
  *"a TLS socket on TCP"() {
    return yield* encrypt(yield* tcp.pair());
  },
  *"a TLS socket on TCP whose peer needs no farewell"() {
    const allowTruncation = true;
    const ends = yield* tcp.pair();
    return yield* encrypt(ends, trusting({ allowTruncation }), serving({ allowTruncation }));
  },
  *"a TLS socket on a local socket"() {
    return yield* tlsPair();
  },
  *"a TLS socket on another one"() {
    return yield* encrypt(yield* tlsPair());
  },
};
