export { chdone } from "./chdone.js";
export { chmake } from "./chmake.js";
export { type Channel, channelPlace } from "./channel.js";
export { choose } from "./choose.js";
export type {
  AbortClause,
  BundleWaitClause,
  ChooseClause,
  ChooseResult,
  DeadlineClause,
  JoinClause,
  ReadableClause,
  ReceiveClause,
  SendClause,
  UntilClause,
  WaitClause,
} from "./clauses.js";
export { chrecv } from "./chrecv.js";
export { chsend } from "./chsend.js";
