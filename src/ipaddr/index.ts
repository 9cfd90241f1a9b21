export {
  bytesOf,
  checkEndpoint,
  checkIpaddr,
  checkPort,
  fromHost,
  type Ipaddr,
  ipaddrFromBytes,
  ipaddrOf,
} from "./ipaddr.js";
export { ipaddrLocal } from "./ipaddrLocal.js";
export {
  checkName,
  type IpaddrRemoteOptions,
  ipaddrRemote,
  ipaddrRemotes,
  readResolver,
} from "./ipaddrRemotes.js";
export { ipaddrSockaddr } from "./ipaddrSockaddr.js";
export {
  IPADDR_IPV4,
  IPADDR_IPV6,
  IPADDR_PREF_IPV4,
  IPADDR_PREF_IPV6,
  type IpaddrMode,
} from "./mode.js";
export {
  ipaddrEqual,
  ipaddrFamily,
  ipaddrLen,
  ipaddrPort,
  ipaddrSetport,
  ipaddrStr,
} from "./parts.js";
