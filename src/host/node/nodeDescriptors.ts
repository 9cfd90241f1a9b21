// Descriptors through calls of C.
import type { Descriptors } from "../native/native.js";
import { fs } from "./builtin.js";
import { type MessageCalls, messageCalls } from "./descriptorMessages.js";
import { nativeCalls } from "./native.js";
import { type Watches, watchesOf } from "./pollWatch.js";

export function makeDescriptors(): Descriptors {
  let messages: MessageCalls | undefined;
  let watches: Watches | undefined;
  return {
    watch(fd, readiness, ready) {
      const calls = nativeCalls();
      if ("code" in calls) return calls;
      watches ??= watchesOf(calls);
      return watches(fd, readiness, ready);
    },
    send(socket, byte, fd) {
      const calls = nativeCalls();
      if ("code" in calls) return calls;
      messages ??= messageCalls(calls);
      return messages.send(socket, byte, fd);
    },
    read(socket) {
      const calls = nativeCalls();
      if ("code" in calls) return calls;
      messages ??= messageCalls(calls);
      return messages.read(socket);
    },
    close: (fd) => fs().closeSync(fd),
  };
}
