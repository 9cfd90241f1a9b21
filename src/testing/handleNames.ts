// What handles are called in the print-out of a run: in the order in which they appear, and a channel's two ends alike.
import { channelPlace } from "../channels/index.js";
import type { Handle } from "../handles/index.js";

export class HandleNames {
  private readonly handles = new Map<number, string>();
  private readonly channels = new Map<object, string>();
  /** How many handles are no channel's. */
  private others = 0;

  of(handle: number): string {
    let name = this.handles.get(handle);
    if (name === undefined) {
      name = this.channelEnd(handle) ?? `h${(this.others += 1)}`;
      this.handles.set(handle, name);
    }
    return name;
  }

  /** `c1` is the end that chmake returned first, and `c1'` the other one. */
  private channelEnd(handle: number): string | undefined {
    const end = channelPlace(handle as Handle);
    if (end === undefined) return undefined;
    const name = this.channels.get(end.first) ?? `c${this.channels.size + 1}`;
    this.channels.set(end.first, name);
    return end.isFirst ? name : `${name}'`;
  }
}
