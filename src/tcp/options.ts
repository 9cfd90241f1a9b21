import type { Options } from "../errors/index.js";
import type { InetOptions } from "../host/index.js";

/** What {@link tcpConnect}, {@link tcpListen} and {@link tcpListenerFromfd} may be told of a connection. */
export interface TcpOptions {
  /**
   * Whether small writes go out at once, as TCP_NODELAY has it; true if not given. Without it a second small write
   * waits until the peer has acknowledged the first one, which may take 40 ms and more.
   */
  readonly noDelay?: boolean | undefined;
  /**
   * After how many milliseconds of silence the kernel begins to ask the peer whether it is alive, from 1 to 32767000;
   * the kernel counts whole seconds. Not at all if not given. A peer that does not answer is `ETIMEDOUT` to whoever
   * sends or receives.
   */
  readonly keepAlive?: number | undefined;
}

/** What the kernel takes, in milliseconds. */
const maxKeepAlive = 32767_000;

export function readTcpOptions(options: Options<TcpOptions>): InetOptions {
  const noDelay = options.flag("noDelay", true);
  const milliseconds = `a number of milliseconds from 1 to ${maxKeepAlive}`;
  const keepAlive = options.read("keepAlive", 0, milliseconds, isKeepAlive);
  return { noDelay, keepAlive: Math.ceil(keepAlive / 1000) * 1000 };
}

function isKeepAlive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= maxKeepAlive;
}
