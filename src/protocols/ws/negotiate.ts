// What both peers agree on about permessage-deflate (RFC 7692, section 7.1).
import { Options } from "../../errors/index.js";
import type { Compression } from "./deflate.js";
import type { Extension } from "./fields.js";

/** How messages are compressed, if the peer agrees. */
export interface WsDeflateOptions {
  /** A message that is shorter is sent as it is: 1024 if not given, in bytes. */
  readonly threshold?: number | undefined;
  /** No message refers to those before it: less memory, and longer messages. */
  readonly noContextTakeover?: boolean | undefined;
  /** A message refers back over less than 2 to the power of so many bytes: 8 to 15, which is what it is if not given. */
  readonly maxWindowBits?: number | undefined;
}

export interface DeflateTerms {
  readonly threshold: number;
  readonly noContextTakeover: boolean;
  readonly maxWindowBits: number;
}

/** What was agreed on: how our messages are compressed, and the peer's. */
export interface Agreement {
  readonly outgoing: Compression;
  readonly incoming: Compression;
}

const name = "permessage-deflate";

type Side = "client" | "server";

export function readDeflate(given: WsDeflateOptions, syscall: string): DeflateTerms {
  const options = new Options<WsDeflateOptions>(given, syscall);
  return {
    threshold: options.count("threshold", 1024, 0, 2 ** 32, "a number of bytes"),
    noContextTakeover: options.flag("noContextTakeover", false),
    maxWindowBits: options.count("maxWindowBits", 15, 8, 15, "a number of bits"),
  };
}

/** What a client asks for. */
export function offerOf({ noContextTakeover, maxWindowBits }: DeflateTerms): Extension {
  const params = new Map<string, string | true>();
  if (noContextTakeover) {
    params.set("server_no_context_takeover", true).set("client_no_context_takeover", true);
  }
  const isNarrow = maxWindowBits < 15;
  if (isNarrow) params.set("server_max_window_bits", `${maxWindowBits}`);
  params.set("client_max_window_bits", isNarrow ? `${maxWindowBits}` : true);
  return { name, params };
}

/** A server's choice of what a client offers, and its answer; undefined: there is none that it can take. */
export function accept(
  offers: readonly Extension[],
  terms: DeflateTerms,
): { agreement: Agreement; answer: Extension } | undefined {
  const offer = offers.find((each) => each.name === name && areKnown(each));
  if (offer === undefined) return undefined;
  const params = new Map<string, string | true>();
  for (const side of ["server", "client"] as const) {
    if (terms.noContextTakeover || offer.params.has(noTakeover(side))) {
      params.set(noTakeover(side), true);
    }
    const asked = offer.params.get(maxBits(side));
    // A client that says nothing of its own window can't be told to use a smaller one.
    const isMute = side === "client" && asked === undefined;
    const bits = Math.min(terms.maxWindowBits, bitsOf(offer, side));
    if (!isMute && (bits < 15 || typeof asked === "string")) params.set(maxBits(side), `${bits}`);
  }
  const answer = { name, params };
  return { answer, agreement: agreed(answer, "server") };
}

/** What a server has made of a client's offer; undefined: what it can't. */
export function agreeTo(answer: Extension, terms: DeflateTerms): Agreement | undefined {
  const isNarrow = terms.maxWindowBits < 15;
  const fits =
    answer.name === name &&
    areKnown(answer) &&
    answer.params.get("client_max_window_bits") !== true &&
    (!isNarrow || answer.params.has("server_max_window_bits")) &&
    (["server", "client"] as const).every(
      (side) => bitsOf(answer, side) <= terms.maxWindowBits || !answer.params.has(maxBits(side)),
    );
  if (!fits) return undefined;
  const { outgoing, incoming } = agreed(answer, "client");
  const windowBits = Math.min(outgoing.windowBits, terms.maxWindowBits);
  const hasMemory = outgoing.hasMemory && !terms.noContextTakeover;
  return { outgoing: { hasMemory, windowBits }, incoming };
}

function agreed(answer: Extension, ours: Side): Agreement {
  const of = (side: Side): Compression => ({
    hasMemory: !answer.params.has(noTakeover(side)),
    windowBits: bitsOf(answer, side),
  });
  const [server, client] = [of("server"), of("client")];
  return ours === "server"
    ? { outgoing: server, incoming: client }
    : { outgoing: client, incoming: server };
}

/** Whether all parameters are the extension's, and have the values that they can have. */
function areKnown({ params }: Extension): boolean {
  return [...params].every(([key, value]) => {
    if (key === noTakeover("server") || key === noTakeover("client")) return value === true;
    if (key === maxBits("client") && value === true) return true;
    const isBitsParam = key === maxBits("server") || key === maxBits("client");
    return isBitsParam && typeof value === "string" && /^([89]|1[0-5])$/.test(value);
  });
}

function bitsOf({ params }: Extension, side: Side): number {
  const value = params.get(maxBits(side));
  return typeof value === "string" ? Number(value) : 15;
}

function noTakeover(side: Side): string {
  return `${side}_no_context_takeover`;
}

function maxBits(side: Side): string {
  return `${side}_max_window_bits`;
}
