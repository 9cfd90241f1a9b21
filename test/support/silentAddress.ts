// An address at which nobody answers, without a network to lose packets in.
import { type Coroutine, type Ipaddr, ipaddrLocal } from "libdill-ts";
import { startPython } from "./process.js";
import { until } from "./until.js";

/** An address of a listener that takes nobody, and whose backlog is full: nobody answers there. */
export function* silentAddress(): Coroutine<Ipaddr> {
  return (yield* silentListener()).addr;
}

/** Such a listener, and what makes it answer after all. */
export function* silentListener(): Coroutine<{ addr: Ipaddr; answer: () => void }> {
  const peer = startPython(deafListener);
  const addr = ipaddrLocal("127.0.0.1", Number(yield* until(peer.line())));
  return { addr, answer: () => peer.say("answer") };
}

const deafListener = `
import socket, sys
l = socket.socket()
l.bind(("127.0.0.1", 0))
l.listen(0)
clients = []
while True:
    c = socket.socket()
    c.settimeout(0.1)
    clients.append(c)
    try: c.connect(l.getsockname())
    except TimeoutError: break
print(l.getsockname()[1], flush=True)
sys.stdin.readline()
while True: clients.append(l.accept()[0])
`;
