// One end of a TCP connection as a bytestream, in all the ways in which it can be one.
import { connect } from "node:net";
import { type Bytestream, type Coroutine, hclose, type TcpSocket } from "libdill-ts";
import { ipaddrLocal, tcpAccept, tcpListen, tcpLocal } from "libdill-ts";
import { fromDuplex, toDuplex } from "libdill-ts/streams";
import { tcp } from "./carriers.js";

const allowHalfOpen = true;

/** Each makes one, and its peer. */
export const tcpEnds: Readonly<Record<string, () => Coroutine<[Bytestream, TcpSocket]>>> = {
  *"a tcp socket"() {
    return yield* tcp.pair();
  },
  *"a net.Socket"() {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 1);
    const { port } = tcpLocal(ls);
    const s = fromDuplex(connect({ port, host: "127.0.0.1", allowHalfOpen }));
    const peer = yield* tcpAccept(ls, -1);
    hclose(ls);
    return [s, peer];
  },
  *"a stream of a tcp socket"() {
    const [s, peer] = yield* tcp.pair();
    return [fromDuplex(toDuplex(s, { allowHalfOpen })), peer];
  },
};
