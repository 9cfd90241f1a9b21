export {
  SOCKS5_ADDRESS_TYPE_NOT_SUPPORTED,
  SOCKS5_BIND,
  SOCKS5_COMMAND_NOT_SUPPORTED,
  SOCKS5_CONNECT,
  SOCKS5_CONNECTION_NOT_ALLOWED,
  SOCKS5_CONNECTION_REFUSED,
  SOCKS5_GENERAL_FAILURE,
  SOCKS5_HOST_UNREACHABLE,
  SOCKS5_NETWORK_UNREACHABLE,
  SOCKS5_SUCCESS,
  SOCKS5_TTL_EXPIRED,
  SOCKS5_UDP_ASSOCIATE,
  type Socks5Command,
  type Socks5Reply,
} from "./codes.js";
export { socks5ClientConnect, socks5ClientConnectbyname } from "./socks5ClientConnect.js";
export { type Socks5Check, socks5ProxyAuth } from "./socks5ProxyAuth.js";
export {
  type Socks5NamedRequest,
  socks5ProxyRecvcommand,
  socks5ProxyRecvcommandbyname,
  type Socks5Request,
} from "./socks5ProxyRecvcommand.js";
export { socks5ProxySendreply } from "./socks5ProxySendreply.js";
