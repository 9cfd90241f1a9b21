// A door of its own: programs without TLS don't load what is behind it.
import { makeTls } from "../node/nodeTls.js";
import type { HostTls } from "./tls.js";

export type {
  HostTls,
  HostTlsContext,
  Pem,
  PeerCertificate,
  TlsClientSettings,
  TlsCredentials,
  TlsEngine,
  TlsEvents,
  TlsInfo,
  TlsServerSettings,
  TlsVersion,
  X509Certificate,
} from "./tls.js";

let made: HostTls | undefined;

/** The host's TLS, made when it is first used. */
export function hostTls(): HostTls {
  made ??= makeTls();
  return made;
}
