// What of a world takes the place of the real one's: its clock, its network and its names.
import { useDatagrams, useHost, useInet, useNames, useSockets } from "../host/index.js";
import {
  type Driver,
  type EventLoop,
  type HostNames,
  type Network,
  virtualDatagrams,
  virtualHost,
  virtualInet,
  virtualLocal,
  virtualNames,
} from "../host/virtual/index.js";

/** The function returned does it; what that returns puts the real world back. Both are called once for each run. */
export function takingPlace(
  loop: EventLoop,
  network: Network,
  known: HostNames,
  driver: Driver,
): () => () => void {
  const host = virtualHost(loop, driver);
  const local = virtualLocal(network, () => driver.random());
  const inet = virtualInet(network);
  const datagrams = virtualDatagrams(network);
  const names = virtualNames(loop, known);
  return () => {
    const restore = [
      useHost(host),
      useSockets(local),
      useInet(inet),
      useDatagrams(datagrams),
      useNames(names),
    ];
    return () => {
      for (const each of restore) each();
    };
  };
}
