// Frames of WebSocket's, made by hand.

/** A frame with any header: of a server, or of a client with a key. */
interface Frame {
  /** FIN, the reserved bits and the opcode. */
  readonly first: number;
  readonly payload: Uint8Array;
  readonly key?: readonly number[] | undefined;
  /** How many bytes say how long it is: 0, 2 or 8; as few as can be if not given. */
  readonly lengthBytes?: number | undefined;
  /** What the header says in place of the truth. */
  readonly length?: bigint | undefined;
}

export function frame({ first, payload, key, lengthBytes, length }: Frame): Buffer {
  const said = length ?? BigInt(payload.length);
  const extra = lengthBytes ?? (said < 126n ? 0 : said < 65536n ? 2 : 8);
  const header = Buffer.alloc(2 + extra);
  header[0] = first;
  header[1] =
    (key === undefined ? 0 : 0x80) + (extra === 0 ? Number(said) : extra === 2 ? 126 : 127);
  if (extra === 2) header.writeUInt16BE(Number(said), 2);
  if (extra === 8) header.writeBigUInt64BE(said, 2);
  if (key === undefined) return Buffer.concat([header, payload]);
  const masked = payload.map((byte, i) => byte ^ (key[i % 4] ?? 0));
  return Buffer.concat([header, Buffer.from(key), masked]);
}

/** As a server sends it. */
export function plainFrame(first: number, payload: Uint8Array): Buffer {
  return frame({ first, payload });
}

/** As a client sends it. */
export function maskedFrame(first: number, payload: Uint8Array): Buffer {
  return frame({ first, payload, key: [0x37, 0xfa, 0x21, 0x3d] });
}
