// A SOCKS5 proxy: connects its clients to whatever host they name, and passes everything on. With a user and a password it
// takes only those who know them. On SIGINT or SIGTERM it accepts nobody any more, and ends all tunnels.
// In a clone, run it with: node build/examples/socks5-proxy/main.js 1080 user password
// and use it with: curl --socks5-hostname user:password@127.0.0.1:1080 http://example.org/
import {
  copyBidirectional,
  type Coroutine,
  happyeyeballsConnect,
  hclose,
  ipaddrLocal,
  isErrno,
  main,
  now,
  serve,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import {
  SOCKS5_COMMAND_NOT_SUPPORTED,
  SOCKS5_CONNECT,
  SOCKS5_CONNECTION_NOT_ALLOWED,
  SOCKS5_CONNECTION_REFUSED,
  SOCKS5_GENERAL_FAILURE,
  SOCKS5_HOST_UNREACHABLE,
  SOCKS5_NETWORK_UNREACHABLE,
  SOCKS5_SUCCESS,
  type Socks5NamedRequest,
  socks5ProxyAuth,
  socks5ProxyRecvcommandbyname,
  socks5ProxySendreply,
  type Socks5Reply,
} from "libdill-ts/socks5";

const [port = "1080", user, password] = process.argv.slice(2);
const check = user === undefined ? null : (u: string, p: string) => u === user && p === password;
const patience = 10_000;
const nowhere = ipaddrLocal(null, 0);

function replyFor(error: unknown): Socks5Reply {
  if (isErrno(error, "EACCES")) return SOCKS5_CONNECTION_NOT_ALLOWED;
  if (isErrno(error, "ENETUNREACH")) return SOCKS5_NETWORK_UNREACHABLE;
  if (isErrno(error, "ECONNREFUSED")) return SOCKS5_CONNECTION_REFUSED;
  if (isErrno(error, "EADDRNOTAVAIL", "EHOSTUNREACH", "ETIMEDOUT")) return SOCKS5_HOST_UNREACHABLE;
  return SOCKS5_GENERAL_FAILURE;
}

/** The client learns why it can't be connected. */
function* connectFor(client: TcpSocket, wanted: Socks5NamedRequest): Coroutine<TcpSocket> {
  const deadline = now() + patience;
  try {
    return yield* happyeyeballsConnect(wanted.host, wanted.port, deadline);
  } catch (error) {
    if (isErrno(error, "ECANCELED")) throw error;
    yield* socks5ProxySendreply(client, replyFor(error), nowhere, deadline);
    throw error;
  }
}

function* tunnel(client: TcpSocket): Coroutine {
  const deadline = now() + patience;
  yield* socks5ProxyAuth(client, check, deadline);
  const wanted = yield* socks5ProxyRecvcommandbyname(client, deadline);
  if (wanted.command !== SOCKS5_CONNECT) {
    yield* socks5ProxySendreply(client, SOCKS5_COMMAND_NOT_SUPPORTED, nowhere, deadline);
    return;
  }
  const server = yield* connectFor(client, wanted);
  try {
    yield* socks5ProxySendreply(client, SOCKS5_SUCCESS, tcpLocal(server), deadline);
    yield* copyBidirectional(client, server, -1, { idle: 300_000 });
  } finally {
    hclose(server);
  }
}

await main(function* () {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", Number(port)), 511);
  console.log(`listening on port ${tcpLocal(ls).port}`);
  yield* serve(ls, tunnel, {
    onError: (error) => console.error(`a tunnel ended: ${String(error)}`),
  });
});
