// A pair of connected sockets. Node has no socketpair(2): the two ends meet at a listener.
import type { Failure, HostSocket, PairEvents } from "../sockets.js";
import { afterPoll } from "./afterPoll.js";
import { connect } from "./connect.js";
import { failureOf } from "./errnoOf.js";
import { lackOfDescriptors } from "./fdShortage.js";
import { MeetingPlace } from "./meetingPlace.js";
import { nextTick } from "./timers.js";

export function connectPair(events: PairEvents): { close(): void } {
  let place: MeetingPlace;
  try {
    place = MeetingPlace.take();
  } catch (error) {
    let isWanted = true;
    nextTick(() => {
      if (isWanted) events.failed(failureOf(error));
    });
    return {
      close() {
        isWanted = false;
      },
    };
  }
  let client: HostSocket | undefined;
  let server: HostSocket | undefined;
  let isConnected = false;
  let isOver = false;

  place.meet({
    opened() {
      client = connect(place.address, {
        connected: () => {
          isConnected = true;
          afterPoll(watchClient);
          finish();
        },
        refused(failure) {
          isOver = true;
          place.giveUp();
          events.failed(failure === "EAGAIN" ? failureOf(undefined) : failure);
        },
      });
    },
    accepted: (socket) => {
      server = socket;
      client?.pause();
      finish();
    },
    failed: fail,
  });
  return { close };

  function finish(): void {
    if (client === undefined || server === undefined || !isConnected) return;
    isOver = true;
    place.leave();
    events.paired(client, server);
  }
  /** If no descriptor was left for the other end, Node has closed it without a word, and the client sees its end. */
  function watchClient(): void {
    if (isOver || server !== undefined || client === undefined) return;
    client.events = {
      ended: failForLack,
      readFailed: failForLack,
      writeFailed: failForLack,
      received() {},
      written() {},
    };
    client.resume();
  }
  function failForLack(): void {
    fail(lackOfDescriptors() ?? { code: "EMFILE" });
  }
  function fail(failure: Failure): void {
    close();
    events.failed(failure);
  }
  /** The place may have a connection of ours in its line: no other pair can meet there. */
  function close(): void {
    isOver = true;
    place.close();
    client?.close();
    server?.close();
  }
}
