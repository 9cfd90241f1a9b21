export { fdclean } from "./fdclean.js";
export { fdin } from "./fdin.js";
export { fdout } from "./fdout.js";
export { fileno } from "./fileno.js";
export { ipcKeepfds } from "./ipcKeepfds.js";
export { ipcRecvfd } from "./ipcRecvfd.js";
export { ipcSendfd } from "./ipcSendfd.js";
