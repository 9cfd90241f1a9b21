// A fuzz of what a WebSocket receives: frames at random, right and wrong, cut at random. However they are cut, the same comes of them.
import { deepStrictEqual } from "node:assert/strict";
import { type Coroutine, go, hclose, join, now, run } from "libdill-ts";
import { wsAttachClient, wsAttachServer, wsRecv, type WsSocket } from "libdill-ts/ws";
import { codeOrNone } from "../failure.js";
import { fedSocket } from "../fedSocket.js";
import { frame } from "../wsFrames.js";
import type { Random } from "./random.js";

/** What came of a peer's bytes. */
export interface Found {
  /** The messages, and the code of the error behind them. */
  readonly said: string[];
  /** How often something was sent meanwhile. */
  readonly answers: number;
}

/** Longer messages are none. */
const maxSize = 300;

/** How it may end. */
const ends = new Set(["EPIPE", "ECONNRESET", "EPROTO", "EMSGSIZE"]);

/** One stream of frames. */
export async function fuzzFrames(random: Random): Promise<void> {
  const isServer = random.chance(0.5);
  const frames = Array.from({ length: 1 + random.below(8) }, () => anyFrame(random, isServer));
  const bytes = Buffer.concat(frames);
  for (let i = random.chance(0.3) ? random.below(3) : 0; i > 0; i--) {
    bytes[random.below(bytes.length)] = random.below(256);
  }
  const sizes = Array.from({ length: 1 + random.below(10) }, () => 1 + random.below(20));
  const whole = await received([bytes], isServer);
  const end = whole.said.at(-1) ?? "";
  if (!ends.has(end)) throw new Error(`it ended by ${end}: ${bytes.toString("hex")}`);
  for (const cut of [sizes, [1]]) {
    const again = await received(chunksOf(bytes, cut), isServer);
    deepStrictEqual(again, whole, `cut by ${cut.join()}: ${bytes.toString("hex")}`);
  }
}

const firsts = [0x81, 0x82, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88];

function anyFrame(random: Random, isServer: boolean): Buffer {
  const isOdd = random.chance(0.1);
  const first = isOdd ? random.below(256) : random.pick(firsts);
  const length = random.chance(0.2) ? random.below(400) : random.below(130);
  const payload = Buffer.from(Array.from({ length }, () => (isOdd ? random.below(256) : 0x61)));
  const key = isServer !== isOdd ? [1, 2, 3, 4].map(() => random.below(256)) : undefined;
  const lengthBytes = random.chance(0.03) ? random.pick([2, 8]) : undefined;
  return frame({ first, payload, key, lengthBytes });
}

/** Feeds the chunks to one side, and receives up to the end. */
export async function received(chunks: readonly Uint8Array[], isServer = true): Promise<Found> {
  return run(
    (function* () {
      const { s, feed, end, sent } = fedSocket();
      const options = { noHttp: true, maxSize } as const;
      const attach = isServer ? wsAttachServer(s, options, -1) : wsAttachClient(s, options, -1);
      const reader = go(receiveAll(yield* attach));
      for (const chunk of chunks) {
        feed(chunk);
        yield;
      }
      end();
      return { said: yield* join(reader, now() + 5000), answers: sent.length };
    })(),
  );
}

function* receiveAll(s: WsSocket): Coroutine<string[]> {
  const found: string[] = [];
  const code = yield* codeOrNone({
    *[Symbol.iterator]() {
      for (;;) {
        const { type, data } = yield* wsRecv(s, -1);
        found.push(`${type} ${type === "text" ? data : data.toString("latin1")}`);
      }
    },
  });
  hclose(s);
  return [...found, code];
}

export function chunksOf(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
