// What Node can't do, and calls into the system's library can: descriptors and credentials. Apart from index.ts, because few
// programs need it, and because those need node:ffi or koffi.
export { ipcKeepfile, type IpcPeer, ipcPeer } from "./ipc/index.js";
export {
  fdclean,
  fdin,
  fdout,
  fileno,
  ipcKeepfds,
  ipcRecvfd,
  ipcSendfd,
} from "./descriptors/index.js";
