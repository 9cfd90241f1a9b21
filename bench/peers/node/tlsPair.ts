// Both ends of a connection of node:tls, over a local socket. The client gets a byte at first, and with it all that belongs to
// the handshake.
import { once } from "node:events";
import {
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
} from "node:tls";
import { certificate } from "../certificate.js";
import { withPath } from "../serverProcess.js";

type Connect = () => Promise<[client: TLSSocket, server: TLSSocket]>;

/** Calls `use` with what makes connections. The ends are its own. */
export function withTls<T>(use: (connect: Connect) => Promise<T>): Promise<T> {
  return withServer({}, async (server, dial) => {
    return use(async () => {
      const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
      const client = dial();
      const [far] = await accepted;
      far.write("x");
      await once(client, "readable");
      if (String(client.read()) !== "x") throw new Error("another byte was sent");
      return [client, far];
    });
  });
}

/** Calls `use` with a server that listens, and with what begins to connect to it. */
export async function withServer<T>(
  options: { readonly accept?: (socket: TLSSocket) => void },
  use: (server: Server, dial: () => TLSSocket) => Promise<T>,
): Promise<T> {
  const { cert, key } = certificate();
  const secureContext: SecureContext = createSecureContext({ ca: cert });
  return withPath(async (path) => {
    const server = createServer({ cert, key, allowHalfOpen: true }, options.accept);
    server.listen({ path, backlog: 128 });
    await once(server, "listening");
    const dial = (): TLSSocket => connect({ path, secureContext, servername: "localhost" });
    const result = await use(server, dial);
    server.close();
    await once(server, "close");
    return result;
  });
}
