export { chdone } from "./chdone.js";
export { chmake } from "./chmake.js";
export type { Channel } from "./channel.js";
export {
  choose,
  type ChooseClause,
  type ChooseResult,
  type ReceiveClause,
  type SendClause,
} from "./choose.js";
export { chrecv } from "./chrecv.js";
export { chsend } from "./chsend.js";
