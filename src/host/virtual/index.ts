export type { Choices, ChoiceKind } from "./choices.js";
export { EventLoop, type Witness } from "./eventLoop.js";
export type { Connecting, LinkFaults } from "./faults.js";
export { Network } from "./network.js";
export { virtualDatagrams } from "./virtualDatagrams.js";
export { virtualHost } from "./virtualHost.js";
export { virtualInet } from "./virtualInet.js";
export { resolve, virtualLocal } from "./virtualLocal.js";
export { type HostNames, virtualNames } from "./virtualNames.js";
