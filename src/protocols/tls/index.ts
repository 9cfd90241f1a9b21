export {
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  type TlsSocket,
} from "./tlsAttach.js";
export { tlsContext, type TlsContext, type TlsContextOptions } from "./tlsContext.js";
export { tlsClose } from "./tlsClose.js";
export { tlsDetach } from "./tlsDetach.js";
export { tlsDone } from "./tlsDone.js";
export { tlsInfo } from "./tlsInfo.js";
export type {
  PeerCertificate,
  Pem,
  TlsCredentials,
  TlsInfo,
  TlsVersion,
  X509Certificate,
} from "../../host/tls/index.js";
