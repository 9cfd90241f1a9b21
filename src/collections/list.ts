// An intrusive doubly linked list: the members carry the links, so that joining and leaving allocate
// nothing, and any member leaves in O(1) without being searched for.
//
//   first ─▶ a ──after──▶ b ──after──▶ c ──▶ null       The first one's `before` is the last: a list is
//            └──────────before─────────▲                a single field, which is written once where a
//                                                       member comes and goes alone (bench: chan).

/** What a member carries. Only {@link List} writes these fields, and only it reads `before`. */
export interface Linked<T> {
  before: T | null;
  after: T | null;
}

/** Members in the order they came, unless they were inserted. A member is in one list at most. */
export class List<T extends Linked<T>> {
  first: T | null = null;

  get last(): T | null {
    return this.first === null ? null : this.first.before;
  }

  add(member: T): void {
    const { first } = this;
    member.after = null;
    if (first === null) {
      member.before = member;
      this.first = member;
      return;
    }
    const last = first.before as T;
    member.before = last;
    last.after = member;
    first.before = member;
  }

  /** Before a member of this very list. */
  insert(member: T, next: T): void {
    member.before = next.before;
    member.after = next;
    if (next === this.first) this.first = member;
    else if (next.before !== null) next.before.after = member;
    next.before = member;
  }

  /** Only for a member of this very list. */
  remove(member: T): void {
    const { before, after } = member;
    const { first } = this;
    if (member === first) this.first = after;
    else if (before !== null) before.after = after;
    const next = after ?? first; // what the last one leaves behind is the first one's to know
    if (next !== null) next.before = before;
    member.before = null;
    member.after = null;
  }

  /** The member that comes before this one of the same list. */
  previous(member: T): T | null {
    return member === this.first ? null : member.before;
  }
}
