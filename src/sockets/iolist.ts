// Gather and scatter lists: which elements they may hold.
//
// Each list is read by index and only once. An array method such as map would skip a hole, and a second read of a
// getter or a proxy could return a value that was never checked.
import { dillError } from "../errors/index.js";

/** In a list for {@link brecvl}: so many bytes are received and dropped. */
export interface Skip {
  readonly skip: number;
}

/** Where received bytes go: a buffer to fill, or a gap that drops them. */
export type ReceiveTarget = Uint8Array | Skip;

/** A checked copy of the list. `EINVAL` for anything that is not a buffer with memory. */
export function checkSendList(list: unknown, syscall: string): readonly Uint8Array[] {
  const items = readOnce(list, syscall, "needs a list of buffers");
  for (const item of items) {
    if (isBytes(item)) checkMemory(item, syscall);
    else if (typeof item === "string") {
      throw invalid(syscall, "sends bytes, not text: write Buffer.from(text)");
    } else throw invalid(syscall, `sends Buffers and Uint8Arrays, not ${describe(item)}`);
  }
  return items as readonly Uint8Array[];
}

/** A checked copy of the list, with a new buffer for each number; or `EINVAL`. */
export function makeTargets(list: unknown, syscall: string): ReceiveTarget[] {
  const items = readOnce(list, syscall, "needs a list of lengths, buffers and { skip: n }");
  const targets = items.map((item) => makeTarget(item, syscall));
  // Only now, because the getter of a `skip` could give away the memory of a buffer before it.
  for (const target of targets) if (isBytes(target)) checkMemory(target, syscall);
  return targets;
}

/** The same without numbers: who is told a message's length and not its parts can't be given new buffers. */
export function givenTargets(list: unknown, syscall: string): ReceiveTarget[] {
  const items = readOnce(list, syscall, "needs a list of buffers and { skip: n }");
  if (items.some((item) => typeof item === "number")) {
    throw invalid(syscall, "fills buffers and drops { skip: n }, it makes no buffers");
  }
  return makeTargets(items, syscall);
}

/** The elements in an array of our own, in which a hole is `undefined`. */
function readOnce(list: unknown, syscall: string, needs: string): unknown[] {
  if (!Array.isArray(list)) throw invalid(syscall, needs);
  const { length } = list;
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) {
    items.push(list[i]);
    // A list made with `new Array(length)` can be too long to be read to its end.
    if (items[i] === undefined) break;
  }
  return items;
}

function makeTarget(item: unknown, syscall: string): ReceiveTarget {
  if (isBytes(item)) return item;
  if (typeof item === "number") return makeBuffer(item, syscall);
  if (typeof item !== "object" || item === null || !("skip" in item)) {
    throw invalid(syscall, `fills buffers and drops { skip: n }, it can't use ${describe(item)}`);
  }
  const { skip } = item;
  if (!isCount(skip)) throw invalid(syscall, `can't skip ${describe(skip)} bytes`);
  return { skip };
}

/**
 * The buffer that was given, or a new one of so many bytes; or `EINVAL`.
 *
 * A new buffer has memory of its own. Node's pool, which `allocUnsafe` uses, also holds the bytes of unrelated code, and
 * a caller who transfers such a buffer to a worker would take them along. Up to 64 bytes the pool is no faster; beyond
 * that, memory of its own costs about a microsecond per buffer.
 */
export function makeBuffer(wanted: unknown, syscall: string): Uint8Array {
  if (isBytes(wanted)) {
    checkMemory(wanted, syscall);
    return wanted;
  }
  if (!isCount(wanted)) {
    throw invalid(syscall, `needs a number of bytes or a buffer, not ${describe(wanted)}`);
  }
  try {
    return Buffer.allocUnsafeSlow(wanted);
  } catch (cause) {
    const message = `no buffer can hold ${wanted} bytes; receive them in parts`;
    throw dillError("EINVAL", syscall, { message, cause });
  }
}

/** A proxy of a buffer passes `instanceof`, but has no bytes that could be read. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array;
}

/** A buffer whose memory was transferred or cut off has the length 0, as an empty buffer has. */
function checkMemory(bytes: Uint8Array, syscall: string): void {
  if (bytes.length > 0) return;
  try {
    // Node 20 does not have ArrayBuffer's `detached`; each method of typed arrays throws when the memory is gone.
    Uint8Array.prototype.keys.call(bytes);
  } catch (cause) {
    const message = `${syscall} got a buffer whose memory was given away`;
    throw dillError("EINVAL", syscall, { message, cause });
  }
}

/** How many bytes the targets take. */
export function roomIn(targets: readonly ReceiveTarget[]): number {
  return targets.reduce((sum, each) => sum + (isBytes(each) ? each.length : each.skip), 0);
}

/** Fills the targets with a message for which there is room, and returns its length. */
export function fillTargets(targets: readonly ReceiveTarget[], message: Buffer): number {
  let from = 0;
  for (const target of targets) {
    if (isBytes(target)) from += message.copy(target, 0, from);
    else from = Math.min(from + target.skip, message.length);
  }
  return message.length;
}

/** Why a message of that length is not put into the targets, which had so much room when they were given. */
export function misfit(
  targets: readonly ReceiveTarget[],
  room: number,
  length: number,
  syscall: string,
  fate = "waits for another receive",
): Error | undefined {
  const left = roomIn(targets);
  if (left < room) {
    const message = `a buffer became shorter before it was filled; the message ${fate}`;
    return dillError("EINVAL", syscall, { message });
  }
  if (length <= left) return undefined;
  const message = `the message is longer than the room for it, and ${fate}`;
  return dillError("EMSGSIZE", syscall, { message });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function invalid(syscall: string, what: string): Error {
  return dillError("EINVAL", syscall, `${syscall} ${what}`);
}
