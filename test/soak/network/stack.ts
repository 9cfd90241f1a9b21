// What is on the wire of a program: the transport and the protocol on top of it, by one name for each thing that is done.
import {
  type Bytestream,
  type Coroutine,
  type Handle,
  ipcClose,
  ipcDone,
  type IpcSocket,
  prefixAttach,
  prefixDetach,
  type PrefixSocket,
  suffixAttach,
  suffixDetach,
  type SuffixSocket,
  tcpClose,
  tcpDone,
  type TcpSocket,
} from "libdill-ts";
import { tlsDetach, tlsDone, type TlsSocket } from "libdill-ts/tls";
import type { Framing, Transport } from "./program.js";

/** More than any message has. */
const maxSize = 2 ** 20;

export class Stack {
  readonly transport: Transport;
  readonly framing: Framing;

  constructor(transport: Transport, framing: Framing) {
    this.transport = transport;
    this.framing = framing;
  }

  get hasMessages(): boolean {
    return this.framing.kind !== "bytes";
  }

  /** Whether a stream that is torn does not look like one that has ended. */
  get tellsTorn(): boolean {
    return this.transport === "tcp" || this.transport === "tls";
  }

  attach(s: Bytestream): Handle {
    const { framing } = this;
    if (framing.kind === "bytes") return s;
    if (framing.kind === "suffix") return suffixAttach(s, framing.delimiter, { maxSize });
    const { hdrlen, littleEndian } = framing;
    return prefixAttach(s, hdrlen, { littleEndian, maxSize });
  }

  private detach(h: Handle): Bytestream {
    const { kind } = this.framing;
    if (kind === "bytes") return h as Bytestream;
    return kind === "prefix" ? prefixDetach(h as PrefixSocket) : suffixDetach(h as SuffixSocket);
  }

  /** Takes the protocol off, and puts it on again. */
  again(h: Handle): Handle {
    return this.attach(this.detach(h));
  }

  *done(h: Handle, deadline: number): Coroutine<Handle> {
    const s = this.detach(h);
    if (this.transport === "tls") yield* tlsDone(s as TlsSocket, deadline);
    else if (this.transport === "tcp") yield* tcpDone(s as TcpSocket, deadline);
    else yield* ipcDone(s as IpcSocket, deadline);
    return this.attach(s);
  }

  *close(h: Handle, deadline: number): Coroutine {
    const s = this.detach(h);
    if (this.transport === "tls") {
      yield* tcpClose((yield* tlsDetach(s as TlsSocket, deadline)) as TcpSocket, deadline);
    } else if (this.transport === "tcp") yield* tcpClose(s as TcpSocket, deadline);
    else yield* ipcClose(s as IpcSocket, deadline);
  }
}
