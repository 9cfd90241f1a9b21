// Plays a case against an endpoint of WebSocket that sends back what it receives. It knows of our own code nothing.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { constants, createInflateRaw, type InflateRaw } from "node:zlib";
import { digest, type WsCase } from "./wsCases.js";
import { frame } from "./wsFrames.js";

export interface Outcome {
  readonly echoes: string[];
  readonly pongs: string[];
  /** The code of the close frame that came; 0: it says none; undefined: none came. */
  closed: number | undefined;
  /** The connection has ended. */
  isOver: boolean;
}

const extension = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/** Against a server. */
export async function playAsClient(port: number, each: WsCase): Promise<Outcome> {
  const socket = connect(port, "127.0.0.1").setNoDelay();
  const conversation = new Conversation(socket, true, each);
  const offer = each.isDeflated === true ? `Sec-WebSocket-Extensions: ${extension}\r\n` : "";
  socket.write(
    "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
      `${offer}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  const head = await conversation.head();
  if (!head.startsWith("HTTP/1.1 101")) throw new Error(`refused: ${head}`);
  if (each.isDeflated === true && !/permessage-deflate/i.test(head))
    throw new Error("not deflated");
  return conversation.play();
}

/** Against a client, which is told where to connect to. */
export async function playAsServer(
  dial: (port: number) => unknown,
  each: WsCase,
): Promise<Outcome> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  dial((server.address() as AddressInfo).port);
  const [socket] = await accepted;
  server.close();
  const conversation = new Conversation(socket.setNoDelay(), false, each);
  const head = await conversation.head();
  const [, key = ""] = /sec-websocket-key: *(.*)\r\n/i.exec(head) ?? [];
  const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = createHash("sha1")
    .update(key + guid)
    .digest("base64");
  const offer = each.isDeflated === true ? `Sec-WebSocket-Extensions: ${extension}\r\n` : "";
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `${offer}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return conversation.play();
}

class Conversation {
  private readonly socket: Socket;
  private readonly isClient: boolean;
  private readonly each: WsCase;
  private bytes: Buffer = Buffer.alloc(0);
  private readonly outcome: Outcome = { echoes: [], pongs: [], closed: undefined, isOver: false };
  private fragments: Buffer[] = [];
  private type: "t" | "b" = "b";
  private isDeflated = false;
  private wake = (): void => {};

  constructor(socket: Socket, isClient: boolean, each: WsCase) {
    this.socket = socket;
    this.isClient = isClient;
    this.each = each;
    socket.on("error", () => {}); // whoever fails us resets the connection
    socket.setTimeout(5000, () => socket.destroy()); // a case that hangs is told by its number
    socket.on("data", (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    socket.on("close", () => {
      this.outcome.isOver = true;
      this.wake();
    });
  }

  async head(): Promise<string> {
    for (;;) {
      const end = this.bytes.indexOf("\r\n\r\n");
      if (end >= 0) {
        const head = this.bytes.toString("latin1", 0, end + 4);
        this.bytes = this.bytes.subarray(end + 4);
        return head;
      }
      if (this.outcome.isOver) throw new Error("it ended in its head");
      await this.more();
    }
  }

  async play(): Promise<Outcome> {
    const { socket, outcome, each } = this;
    const key = this.isClient ? [0x12, 0x34, 0x56, 0x78] : undefined;
    const all = Buffer.concat(each.frames.map((one) => frame({ ...one, key })));
    const chop = each.chop ?? all.length;
    for (let at = 0; at < all.length && !outcome.isOver; at += chop) {
      const isTaken = socket.write(all.subarray(at, at + chop));
      // A turn for each piece, so that it goes by itself; but not for thousands.
      if (!isTaken || all.length / chop < 300) await new Promise((done) => setImmediate(done));
      await this.look();
    }
    const isEnded = (): boolean => outcome.isOver || outcome.closed !== undefined;
    const hasAll = (): boolean =>
      outcome.echoes.length >= each.echoes.length && outcome.pongs.length >= each.pongs.length;
    const isMeantToEnd = each.fault !== undefined || each.closes !== undefined;
    while (!isEnded() && (isMeantToEnd || !hasAll())) await this.next();
    if (!isMeantToEnd)
      socket.write(frame({ first: 0x88, payload: Buffer.from([0x03, 0xe8]), key }));
    while (!isEnded()) await this.next();
    await this.look();
    socket.end();
    while (!outcome.isOver) await this.more();
    return outcome;
  }

  private async next(): Promise<void> {
    await this.more();
    await this.look();
  }

  private async more(): Promise<void> {
    await new Promise<void>((wake) => {
      this.wake = wake;
    });
  }

  /** Takes the frames that have come. */
  private async look(): Promise<void> {
    for (;;) {
      const { bytes } = this;
      if (bytes.length < 2) return;
      const [first = 0, second = 0] = bytes;
      const short = second & 0x7f;
      const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
      const isMasked = (second & 0x80) !== 0;
      if (isMasked === this.isClient) throw new Error("the mask is where it must not be");
      const start = 2 + extra + (isMasked ? 4 : 0);
      if (bytes.length < start) return;
      const length =
        extra === 2
          ? bytes.readUInt16BE(2)
          : extra === 8
            ? Number(bytes.readBigUInt64BE(2))
            : short;
      if (bytes.length < start + length) return;
      const key = bytes.subarray(start - 4, start);
      const payload = Buffer.from(bytes.subarray(start, start + length));
      if (isMasked)
        for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (key[i % 4] ?? 0);
      this.bytes = bytes.subarray(start + length);
      await this.take(first, payload);
    }
  }

  private async take(first: number, payload: Buffer): Promise<void> {
    const opcode = first & 0x0f;
    if (opcode === 10) this.outcome.pongs.push(payload.toString("latin1"));
    if (opcode === 8) {
      this.outcome.closed ??= payload.length < 2 ? 0 : payload.readUInt16BE(0);
    }
    if (opcode > 2) return;
    if (opcode !== 0) {
      this.type = opcode === 1 ? "t" : "b";
      this.isDeflated = (first & 0x40) !== 0;
    }
    this.fragments.push(payload);
    if ((first & 0x80) === 0) return;
    const bytes = Buffer.concat(this.fragments);
    this.fragments = [];
    const data = this.isDeflated ? await inflated(bytes) : bytes;
    this.outcome.echoes.push(digest(this.type, data));
  }
}

async function inflated(bytes: Buffer): Promise<Buffer> {
  const inflate: InflateRaw = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const chunks: Buffer[] = [];
  inflate.on("data", (chunk: Buffer) => chunks.push(chunk));
  inflate.end(Buffer.concat([bytes, Buffer.from([0, 0, 0xff, 0xff])]));
  await once(inflate, "end");
  return Buffer.concat(chunks);
}
