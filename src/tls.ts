// TLS on bytestreams. Apart from index.ts, because few programs need it.
export {
  type Pem,
  type PeerCertificate,
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  tlsContext,
  type TlsContext,
  type TlsContextOptions,
  type TlsCredentials,
  tlsDetach,
  tlsDone,
  tlsInfo,
  type TlsInfo,
  type TlsSocket,
  type TlsVersion,
  type X509Certificate,
} from "./protocols/tls/index.js";
