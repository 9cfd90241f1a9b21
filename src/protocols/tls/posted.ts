// What is to be sent on behalf of nobody, and waits for the end of a send that is under way.

/** How many bytes may wait. */
const most = 65536;

export class Posted {
  private list: Uint8Array[] = [];
  private length = 0;

  /** False: more waits than may. */
  add(bytes: Uint8Array): boolean {
    this.list.push(bytes);
    this.length += bytes.length;
    return this.length <= most;
  }

  takeAll(): readonly Uint8Array[] {
    const { list } = this;
    this.list = [];
    this.length = 0;
    return list;
  }
}
