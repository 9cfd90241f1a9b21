// What a program uses, in the order of libdill's chapters.

// Coroutines and bundles
export {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  type BundleOptions,
  type BundleTask,
  bundleWait,
  type CoroutineBundle,
  go,
  join,
  type Joinable,
  main,
  type MainOptions,
  run,
  type Running,
  type RunOptions,
  scope,
  withDeadline,
  yieldNow,
} from "./runtime/index.js";

export type { Coroutine, Operation } from "./kernel/index.js";

// Looking at what is alive
export type { Frame } from "./errors/index.js";
export {
  dump,
  type HandleSnapshot,
  snapshot,
  type Snapshot,
  type SnapshotOptions,
} from "./runtime/index.js";
export { type CoroutineSnapshot, named, type WaitSnapshot } from "./snapshot/index.js";

// Time
export { msleep, now } from "./runtime/index.js";

// Handles
export {
  type Handle,
  type HandleMethods,
  type HandleType,
  hclose,
  hmake,
  hown,
  hquery,
  type Owned,
  owned,
} from "./handles/index.js";

// Channels
export {
  type AbortClause,
  type BundleWaitClause,
  type Channel,
  chdone,
  chmake,
  choose,
  type ChooseClause,
  type ChooseResult,
  chrecv,
  chsend,
  type DeadlineClause,
  type JoinClause,
  type ReadableClause,
  type ReceiveClause,
  type SendClause,
  type UntilClause,
  type WaitClause,
} from "./channels/index.js";

// Errors
export {
  DillError,
  type ErrnoCode,
  type ErrnoError,
  isErrno,
  reviveError,
} from "./errors/index.js";

// Bytestream sockets
export {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  bsendl,
  type Bytestream,
  type ReceiveTarget,
  type Skip,
} from "./sockets/index.js";

export {
  type Copied,
  copyBidirectional,
  type CopyCounts,
  type CopyOptions,
} from "./relay/index.js";

// Message sockets
export {
  type MessageSocket,
  mrecv,
  mrecvl,
  msend,
  msendl,
  type Over,
} from "./sockets/index.js";
export {
  prefixAttach,
  prefixClose,
  prefixDetach,
  type PrefixOptions,
  type PrefixSocket,
  suffixAttach,
  suffixClose,
  suffixDetach,
  type SuffixOptions,
  type SuffixSocket,
  termAttach,
  termClose,
  termDetach,
  termDone,
  type TermSocket,
} from "./protocols/index.js";

// JavaScript's promises and signals
export {
  type Emit,
  type EventSource,
  iterate,
  messagesOf,
  sendAll,
  sendEvents,
  signalOf,
  until,
} from "./interop/index.js";

// IPC
export {
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcDone,
  ipcFromfd,
  ipcListen,
  ipcListenerFromfd,
  type IpcListener,
  type IpcListenOptions,
  ipcPair,
  type IpcPeer,
  type IpcSocket,
} from "./ipc/index.js";

// Internet addresses
export {
  IPADDR_IPV4,
  IPADDR_IPV6,
  IPADDR_PREF_IPV4,
  IPADDR_PREF_IPV6,
  type Ipaddr,
  ipaddrEqual,
  ipaddrFamily,
  ipaddrLen,
  ipaddrLocal,
  type IpaddrMode,
  ipaddrPort,
  ipaddrRemote,
  type IpaddrRemoteOptions,
  ipaddrRemotes,
  ipaddrSetport,
  ipaddrSockaddr,
  ipaddrStr,
} from "./ipaddr/index.js";

export type { NameResolver } from "./host/index.js";

// TCP
export {
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpDone,
  tcpFromfd,
  tcpListen,
  type TcpListener,
  tcpListenerFromfd,
  type TcpListenOptions,
  tcpLocal,
  type TcpOptions,
  tcpPeer,
  type TcpSocket,
} from "./tcp/index.js";

export { happyeyeballsConnect, type HappyeyeballsOptions } from "./happyeyeballs/index.js";

// Servers
export { serve, type ServeOptions } from "./serving/index.js";
export type { Listener } from "./sockets/index.js";

// UDP
export {
  type Datagram,
  type DatagramInfo,
  udpDropped,
  udpLocal,
  udpOpen,
  type UdpDropped,
  type UdpOptions,
  udpRecv,
  udpRecvl,
  udpSend,
  udpSendl,
  type UdpSocket,
} from "./udp/index.js";
