// The host's names, made when they are first used, and apart from the host as its sockets are.
import type { Names } from "./names.js";
import { makeNames } from "./node/nodeNames.js";

let made: Names | undefined;

export function names(): Names {
  made ??= makeNames();
  return made;
}

/** Replaces them and returns a function that puts the previous ones back. Only while no coroutine is alive. */
export function useNames(other: Names): () => void {
  const before = made;
  made = other;
  return () => void (made = before);
}
