// The operations of SOCKS5, each where it waits for the other side.
import { bsend, ipaddrLocal, type IpcSocket, ipcPair, type Operation } from "libdill-ts";
import {
  socks5ClientConnect,
  socks5ClientConnectbyname,
  socks5ProxyAuth,
  socks5ProxyRecvcommand,
  socks5ProxyRecvcommandbyname,
} from "libdill-ts/socks5";
import { closeAll } from "./gate.js";
import { fromOutside, type OperationCase } from "./operationCase.js";
import { bytes } from "./socks5Dialogues.js";

const addr = ipaddrLocal("127.0.0.1", 80);
const success = "05 00 05 00 00 01 00 00 00 00 00 00";
const connect = "05 01 00 01 7f 00 00 01 00 50";

export const socks5Operations: readonly OperationCase[] = [
  waiting("socks5ClientConnect", success, false, (s, deadline) =>
    socks5ClientConnect(s, null, null, addr, deadline),
  ),
  waiting("socks5ClientConnectbyname", success, false, (s, deadline) =>
    socks5ClientConnectbyname(s, null, null, "name", 80, deadline),
  ),
  waiting("socks5ProxyAuth", "05 01 00", true, (s, deadline) => socks5ProxyAuth(s, null, deadline)),
  waiting("socks5ProxyRecvcommand", connect, true, socks5ProxyRecvcommand),
  waiting("socks5ProxyRecvcommandbyname", connect, true, socks5ProxyRecvcommandbyname),
];

/** What the peer says lets it end. A client has said something when it is cut short, but its peer does not mind. */
function waiting(
  name: string,
  hex: string,
  isRepeatable: boolean,
  operate: (s: IpcSocket, deadline: number) => Operation<unknown>,
): OperationCase {
  return {
    ...fromOutside,
    isRepeatable,
    name,
    *set() {
      const [a, z] = yield* ipcPair();
      return {
        op: (deadline = -1) => operate(a, deadline),
        release: () => bsend(z, bytes(hex), -1),
        close: () => closeAll(a, z),
      };
    },
  };
}
