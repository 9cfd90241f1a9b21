export {
  prefixAttach,
  prefixClose,
  prefixDetach,
  type PrefixOptions,
  type PrefixSocket,
} from "./prefix.js";
export {
  suffixAttach,
  suffixClose,
  suffixDetach,
  type SuffixOptions,
  type SuffixSocket,
} from "./suffix.js";
export { termAttach, termClose, termDetach, termDone, type TermSocket } from "./term.js";
