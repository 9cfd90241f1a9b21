// Where the library is known to differ from the model's reading of the contract. While one of these is true,
// the model does as the library does, so that the soak finds what is not known yet. See README.md.
export const known = {
  /** A bundleClose called by a coroutine that owes an ECANCELED gives no grace, throws that, and loses the errors. */
  owedCutsClose: process.env["MODEL_STRICT"] === undefined,
  /** The final sweep ends a scope's coroutines before its body, if the scope is in a bundle that is being closed. */
  sweepTakesScopes: process.env["MODEL_STRICT"] === undefined,
  /** What onError throws is lost if the bundle is closed by then: by that same call of onError. */
  closedBundleDropsErrors: process.env["MODEL_STRICT"] === undefined,
  /** bundleGo throws an error again that was taken meanwhile, if as many others are kept now. */
  bundleGoRepeatsTaken: process.env["MODEL_STRICT"] === undefined,
  /** A failure of a sibling that is being canceled for a failure ends the scope's body before the other siblings. */
  secondFailureTakesBodyFirst: process.env["MODEL_STRICT"] === undefined,
  /** A run whose main coroutine has an endless grace never ends if it is stuck: none is generated. */
  endlessGraceHangs: process.env["MODEL_STRICT"] === undefined,
};
