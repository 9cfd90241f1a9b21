// node:net, loaded when the first socket is made: a program without sockets starts sooner (bench: startup).
import type * as Net from "node:net";

let loaded: typeof Net | undefined;

export function net(): typeof Net {
  loaded ??= process.getBuiltinModule("node:net");
  return loaded;
}
