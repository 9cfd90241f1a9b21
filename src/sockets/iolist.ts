// Gather and scatter lists: what may stand in them.
import { dillError } from "../errors/index.js";

/** In a list for {@link brecvl}: so many bytes are received and dropped. */
export interface Skip {
  readonly skip: number;
}

/** Where received bytes go: a buffer to fill, or a gap that drops them. */
export type ReceiveTarget = Uint8Array | Skip;

/** The list, or `EINVAL`. */
export function checkSendList(list: unknown, syscall: string): readonly Uint8Array[] {
  if (!Array.isArray(list)) throw invalid(syscall, "needs a list of buffers");
  for (const item of list as unknown[]) {
    if (item instanceof Uint8Array) continue;
    if (typeof item === "string") {
      throw invalid(syscall, "sends bytes, not text: write Buffer.from(text)");
    }
    throw invalid(syscall, `sends Buffers and Uint8Arrays, not ${describe(item)}`);
  }
  return list as readonly Uint8Array[];
}

/** The list with a new buffer for each number, or `EINVAL`. */
export function makeTargets(list: unknown, syscall: string): ReceiveTarget[] {
  if (!Array.isArray(list))
    throw invalid(syscall, "needs a list of lengths, buffers and { skip: n }");
  return list.map((item: unknown) => makeTarget(item, syscall));
}

function makeTarget(item: unknown, syscall: string): ReceiveTarget {
  if (item instanceof Uint8Array) return item;
  if (typeof item === "number") return makeBuffer(item, syscall);
  if (typeof item !== "object" || item === null || !("skip" in item)) {
    throw invalid(syscall, `fills buffers and drops { skip: n }, it can't use ${describe(item)}`);
  }
  if (!isCount(item.skip)) throw invalid(syscall, `can't skip ${String(item.skip)} bytes`);
  return { skip: item.skip };
}

/** A new buffer of so many bytes, or `EINVAL`. */
export function makeBuffer(length: unknown, syscall: string): Buffer {
  if (!isCount(length)) {
    throw invalid(syscall, `needs a number of bytes or a buffer, not ${describe(length)}`);
  }
  try {
    return Buffer.allocUnsafe(length);
  } catch (cause) {
    const message = `no buffer can hold ${length} bytes; receive them in parts`;
    throw dillError("EINVAL", syscall, { message, cause });
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function invalid(syscall: string, what: string): Error {
  return dillError("EINVAL", syscall, { message: `${syscall} ${what}` });
}
