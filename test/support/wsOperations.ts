// The operations that wait on ws sockets.
import { brecv, type Bytestream, chrecv, hmake, ipcPair, mrecv, type Operation } from "libdill-ts";
import { type BytestreamMethods, bytestreamType } from "libdill-ts/impl";
import {
  wsAttachClient,
  wsAttachServer,
  wsClose,
  wsDetach,
  wsDone,
  wsPing,
  wsRecv,
  wsRecvl,
  wsResponseKey,
  wsSend,
  wsSendl,
  type WsSocket,
} from "libdill-ts/ws";
import { encryptedCarriers } from "./carriers.js";
import { closeAll, type Gate, newGate } from "./gate.js";
import { fromOutside, type OperationCase, usual, type Waits } from "./operationCase.js";
import { slowBytes as endingBytes } from "./slowBytes.js";
import { maskedFrame } from "./wsFrames.js";
import { upgradeRequest, wsFacing, wsPairOn } from "./wsPair.js";

type Operate = (s: WsSocket, deadline: number) => Operation<unknown>;

const large = Buffer.alloc(4_000_000);

export const wsOperations: readonly OperationCase[] = [
  receiving("wsRecv", wsRecv),
  receiving("wsRecvl", (s, deadline) => wsRecvl(s, [Buffer.alloc(9)], deadline)),
  receiving("mrecv of a ws socket", (s, deadline) => mrecv(s, deadline)),
  ...encryptedCarriers().map(({ name, pair }) => receiving(`wsRecv over ${name}`, wsRecv, pair)),
  sending("wsSend", (s, deadline) => wsSend(s, "binary", large, deadline)),
  sending("wsSendl", (s, deadline) => wsSendl(s, "binary", [large], deadline)),
  slow("wsDone over a bytestream without post", (s, deadline) => wsDone(s, 1000, "", deadline)),
  slow("wsPing over a bytestream without post", (s, deadline) =>
    wsPing(s, Buffer.from("?"), deadline),
  ),
  attaching("wsAttachServer", (gate, deadline) => {
    return wsAttachServer(
      slowPeer(gate, () => Buffer.from(upgradeRequest)),
      {},
      deadline,
    );
  }),
  attaching("wsAttachClient", (gate, deadline) => {
    const asked = { resource: "/", host: "localhost" };
    return wsAttachClient(slowPeer(gate, answerTo), asked, deadline);
  }),
  {
    ...attaching("wsDetach", function* (gate, deadline) {
      const peer = slowPeer(gate, () => maskedFrame(0x88, Buffer.alloc(0)));
      return yield* wsDetach(yield* wsAttachServer(peer, { noHttp: true }, -1), 1000, "", deadline);
    }),
    isObject: false,
  },
  {
    ...usual,
    name: "wsClose",
    takesHandle: true,
    isObject: false,
    *set() {
      const gate = newGate();
      return {
        *op(deadline = -1) {
          const s = endingBytes(gate, { *send() {} });
          const ws = yield* wsAttachServer(s, { noHttp: true }, -1);
          yield* wsClose(ws, 1000, "", deadline);
        },
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
];

function receiving(
  name: string,
  operate: Operate,
  pair: () => Operation<readonly [Bytestream, Bytestream]> = ipcPair,
): OperationCase {
  return {
    ...fromOutside,
    name,
    *set() {
      const [a, z] = yield* wsPairOn(yield* pair());
      return {
        op: (deadline = -1) => operate(a, deadline),
        release: () => wsSend(z, "binary", Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  };
}

function sending(name: string, operate: Operate): OperationCase {
  return {
    ...fromOutside,
    isRepeatable: false,
    name: `${name} that finds the kernel's buffer full`,
    *set() {
      const [s, z] = yield* wsFacing();
      return {
        op: (deadline = -1) => operate(s, deadline),
        release: () => brecv(z, large.length, -1),
        close: () => closeAll(s, z),
      };
    },
  };
}

/** On a bytestream of a user's whose sends wait for the gate. */
function slow(name: string, operate: Operate): OperationCase {
  return {
    ...usual,
    name,
    *set() {
      const gate = newGate();
      const s = yield* wsAttachServer(slowBytes(gate), { noHttp: true }, -1);
      return {
        op: (deadline = -1) => operate(s, deadline),
        release: gate.openAndLetEnd,
        close: () => {
          closeAll(s);
          gate.close();
        },
      };
    },
  };
}

/** Makes its own socket each time. */
function attaching(name: string, operate: (gate: Gate, deadline: number) => Waits): OperationCase {
  return {
    ...usual,
    name,
    takesHandle: true,
    makesHandle: true,
    *set() {
      const gate = newGate();
      return {
        op: (deadline = -1) => operate(gate, deadline),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  };
}

/** A bytestream of a user's on which nothing passes before the gate is opened. */
function slowBytes(gate: Gate): Bytestream {
  return bytestreamOf({
    *send(_list, deadline) {
      yield* chrecv(gate.far, deadline);
    },
    *receive(_list, deadline) {
      yield* chrecv(gate.far, deadline);
    },
  });
}

/** One whose peer answers what was sent, once the gate is opened. */
function slowPeer(gate: Gate, answer: (sent: string) => Buffer): Bytestream {
  let sent = "";
  let rest: Buffer | undefined;
  return bytestreamOf({
    *send(list) {
      sent += String(Buffer.concat(list));
    },
    *receive(list, deadline) {
      if (rest === undefined) yield* chrecv(gate.far, deadline);
      rest ??= answer(sent);
      for (const target of list) {
        if (target instanceof Uint8Array) rest = rest.subarray(rest.copy(target));
      }
    },
  });
}

function bytestreamOf(methods: BytestreamMethods): Bytestream {
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close() {},
  });
  return h as Bytestream;
}

function answerTo(request: string): Buffer {
  const [, key = ""] = /Sec-WebSocket-Key: (.*)\r\n/.exec(request) ?? [];
  const lines = ["HTTP/1.1 101 OK", "Upgrade: websocket", "Connection: Upgrade"];
  return Buffer.from(
    [...lines, `Sec-WebSocket-Accept: ${wsResponseKey(key)}`, "", ""].join("\r\n"),
  );
}
