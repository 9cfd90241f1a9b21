export { prefixAttach, prefixDetach, type PrefixOptions, type PrefixSocket } from "./prefix.js";
export { suffixAttach, suffixDetach, type SuffixOptions, type SuffixSocket } from "./suffix.js";
export { termAttach, termDetach, termDone, type TermSocket } from "./term.js";
