// Answering a request: in parts, between which the event loop goes on.
import { offers } from "./offers.js";
import type { End, Part, Request } from "./messages.js";

/** How long the process may be kept from its other work for one part, in milliseconds. */
const slice = 2;
/** How many coroutines are described before the clock is looked at. */
const step = 16;
/** How many coroutines are told of, if nobody says. */
const usualMost = 50_000;
/** How many handles are in one line. */
const handlesInPart = 1000;

/** The lines of the answer. Each is made when the one before has been taken. */
export function* answer(request: Request): Generator<Part | End, void> {
  if (request.op === "handles") yield* handles(request);
  else yield* coroutines(request);
}

function* coroutines({
  id,
  places = true,
  most = usualMost,
}: Request): Generator<Part | End, void> {
  let left = most;
  let omitted = 0;
  for (const survey of offers().map((offer) => offer.survey())) {
    const size = Math.min(survey.size, left);
    left -= size;
    omitted += survey.size - size;
    for (let from = 0; from < size; ) {
      const end = performance.now() + slice;
      const part = [];
      while (from < size && performance.now() < end) {
        for (const it of survey.describe(places, from, Math.min(from + step, size))) part.push(it);
        from += step;
      }
      yield { id, coroutines: part };
    }
  }
  yield { id, done: true, omitted };
}

function* handles({ id }: Request): Generator<Part | End, void> {
  for (const offer of offers()) {
    const all = offer.snapshot({ places: false }).handles;
    for (let from = 0; from < all.length; from += handlesInPart) {
      yield { id, handles: all.slice(from, from + handlesInPart) };
    }
  }
  yield { id, done: true, omitted: 0 };
}
