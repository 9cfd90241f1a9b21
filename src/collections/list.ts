// An intrusive doubly linked list: the members carry the links, so that joining and leaving allocate
// nothing, and any member leaves in O(1) without being searched for.

/** What a member carries. Only {@link List} writes these fields. */
export interface Linked<T> {
  before: T | null;
  after: T | null;
}

/** Members in the order they came, unless they were inserted. A member is in one list at most. */
export class List<T extends Linked<T>> {
  first: T | null = null;
  last: T | null = null;

  add(member: T): void {
    member.before = this.last;
    member.after = null;
    if (this.last === null) this.first = member;
    else this.last.after = member;
    this.last = member;
  }

  /** Before a member of this very list. */
  insert(member: T, next: T): void {
    member.before = next.before;
    member.after = next;
    if (next.before === null) this.first = member;
    else next.before.after = member;
    next.before = member;
  }

  /** Only for a member of this very list. */
  remove(member: T): void {
    if (member.before === null) this.first = member.after;
    else member.before.after = member.after;
    if (member.after === null) this.last = member.before;
    else member.after.before = member.before;
    member.before = null;
    member.after = null;
  }
}
