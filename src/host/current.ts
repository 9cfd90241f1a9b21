// The host in use.
import type { Host } from "./host.js";
import { nodeHost } from "./node/nodeHost.js";

export const host: Host = nodeHost;
