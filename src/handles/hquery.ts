import type { Handle, HandleType } from "./handle.js";
import { queryHandle } from "./table.js";

/**
 * Asks the resource behind a handle for its interface of one type.
 *
 * Never blocks.
 *
 * @param h - The handle.
 * @param type - The type's identity, as the maker of the handle type has published it.
 * @returns What the resource's `query` returned.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the resource has no such interface.
 * @see hquery(3), https://libdill.org/hquery.html
 */
export function hquery<T = unknown>(h: Handle, type: HandleType<T>): T {
  return queryHandle(h, type, `a ${nameOf(type)}`, "hquery") as T;
}

function nameOf(type: unknown): string {
  return typeof type === "symbol"
    ? (type.description ?? "handle of that type")
    : "handle of that type";
}
