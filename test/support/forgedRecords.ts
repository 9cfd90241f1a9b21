// Records of TLS 1.3 that no library would send, by the keys of a client that shakes hands in good order.
import { createCipheriv, createHmac } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { trusting } from "./tlsPair.js";

/** What the forger hands out: the wire, and what makes records of the client's, each of a type and with some content. */
export interface Forger {
  readonly wire: Socket;
  record(type: number, content: Uint8Array): Buffer;
  /** A request to use new keys, which this side uses from then on. */
  keyUpdate(): Buffer;
}

/** Connects, shakes hands, and leaves the wire to the forger. */
export async function forgeAt(path: string): Promise<Forger> {
  const wire = connect(path);
  await once(wire, "connect");
  const duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      wire.write(chunk);
      done();
    },
  });
  const passOn = (chunk: Buffer): void => void duplex.push(chunk);
  wire.on("data", passOn);
  const { servername, ca } = trusting();
  const options = { servername: servername ?? "", ca: String(ca) };
  const client = connectTls({ ...options, socket: duplex, ciphers: "TLS_AES_128_GCM_SHA256" });
  let secret = Buffer.alloc(0);
  client.on("keylog", (line: Buffer) => {
    const [label, , hex = ""] = String(line).trim().split(" ");
    if (label === "CLIENT_TRAFFIC_SECRET_0") secret = Buffer.from(hex, "hex");
  });
  await once(client, "secureConnect");
  wire.off("data", passOn).on("data", () => {});
  return new Keys(wire, secret);
}

class Keys implements Forger {
  readonly wire: Socket;
  private secret: Buffer;
  private key: Buffer = Buffer.alloc(0);
  private iv: Buffer = Buffer.alloc(0);
  private sequence = 0n;

  constructor(wire: Socket, secret: Buffer) {
    this.wire = wire;
    this.secret = secret;
    this.derive();
  }

  record(type: number, content: Uint8Array): Buffer {
    const length = content.length + 1 + 16;
    const header = Buffer.from([23, 3, 3, length >> 8, length & 255]);
    const nonce = Buffer.from(this.iv);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.sequence, 4);
    this.sequence += 1n;
    const cipher = createCipheriv("aes-128-gcm", this.key, nonce);
    cipher.setAAD(header);
    const bytes = cipher.update(Buffer.concat([content, Buffer.from([type])]));
    cipher.final();
    return Buffer.concat([header, bytes, cipher.getAuthTag()]);
  }

  keyUpdate(): Buffer {
    const record = this.record(22, Buffer.from([24, 0, 0, 1, 1]));
    this.secret = expand(this.secret, "traffic upd", 32);
    this.derive();
    return record;
  }

  private derive(): void {
    this.key = expand(this.secret, "key", 16);
    this.iv = expand(this.secret, "iv", 12);
    this.sequence = 0n;
  }
}

/** HKDF-Expand-Label of RFC 8446, section 7.1, as far as one block of SHA-256 goes. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = [Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])];
  return createHmac("sha256", secret).update(Buffer.concat(info)).digest().subarray(0, length);
}
