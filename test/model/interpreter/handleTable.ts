// What the numbers stand for.
import { ChannelEnd } from "./channels.js";
import { ModelError } from "./errors.js";
import type { Group } from "./group.js";
import type { Task } from "./task.js";

/** What a bundle's handle stands for; `task`: the coroutine of the go that made it. */
export interface Bundle {
  readonly group: Group;
  task?: Task;
}

export class HandleTable {
  private readonly resources = new Map<number, Bundle | ChannelEnd>();
  private last = 0;

  make(resource: Bundle | ChannelEnd): number {
    this.last += 1;
    this.resources.set(this.last, resource);
    return this.last;
  }

  get(h: number): Bundle | ChannelEnd | undefined {
    return this.resources.get(h);
  }

  delete(h: number): void {
    this.resources.delete(h);
  }

  bundleOf(h: number): Bundle {
    const bundle = this.bundleAt(h);
    if (bundle.group.isClosed) throw new ModelError("EBADF");
    return bundle;
  }

  /** Also one that is being closed, which only those who close it again can see. */
  bundleAt(h: number): Bundle {
    const resource = this.resources.get(h);
    if (resource === undefined) throw new ModelError("EBADF");
    if (resource instanceof ChannelEnd) throw new ModelError("ENOTSUP");
    return resource;
  }

  endOf(h: number): ChannelEnd {
    const resource = this.resources.get(h);
    if (resource === undefined) throw new ModelError("EBADF");
    if (!(resource instanceof ChannelEnd)) throw new ModelError("ENOTSUP");
    return resource;
  }
}
