// Where a record of TLS ends. The engine gets one at a time, so that what stands behind the last one is left for others.
import type { ByteQueue } from "../../sockets/index.js";

const headerLength = 5;
/** What a record may be long, with all that encryption adds. */
const longestRecord = 16384 + 2048;

/** The records of one direction. */
export class Records {
  /** What came was none: the engine says what it is. */
  private areGarbage = false;

  /** Shows the next record to `use`, which may not keep it. False: it has not come yet. */
  pass(bytes: ByteQueue, use: (record: Uint8Array) => void): boolean {
    const length = this.areGarbage ? Infinity : recordLength(bytes);
    if (length === undefined || bytes.length === 0) return false;
    if (length === Infinity) this.areGarbage = true;
    else if (bytes.length < length) return false;
    takeRecord(bytes, Math.min(length, bytes.length), use);
    return true;
  }
}

/** How long the next record is, header included; undefined: that has not come yet. Infinity: it is none. */
function recordLength(bytes: ByteQueue): number | undefined {
  const [type, major] = [bytes.byteAt(0), bytes.byteAt(1)];
  if (bytes.length > 0 && (type < 20 || type > 24)) return Infinity;
  if (bytes.length > 1 && major !== 3) return Infinity;
  if (bytes.length < headerLength) return undefined;
  const length = bytes.byteAt(3) * 256 + bytes.byteAt(4);
  return length > longestRecord ? Infinity : headerLength + length;
}

/** How many bytes are missing for the next step. */
export function missingFor(bytes: ByteQueue): number {
  const length = recordLength(bytes) ?? headerLength;
  return length === Infinity ? 1 : Math.max(length - bytes.length, 1);
}

/** Takes so many bytes, and shows them. They are good only as long as `use` runs. */
function takeRecord(bytes: ByteQueue, length: number, use: (record: Uint8Array) => void): void {
  const first = bytes.first();
  if (first !== undefined && first.length >= length) {
    use(first.subarray(0, length));
    bytes.drop(length);
    return;
  }
  const whole = Buffer.allocUnsafe(length);
  bytes.moveTo(whole, 0);
  use(whole);
}
