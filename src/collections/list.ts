// An intrusive doubly linked list: the members carry the links, so that joining and leaving allocate
// nothing, and any member leaves in O(1) without being searched for.
//
//   first ─▶ a ──after──▶ b ──after──▶ c ──▶ null       The first one's `before` is the last: a list is
//            └──────────before─────────▲                a single field, which is written once where a
//                                                       member comes and goes alone (bench: chan).

/**
 * What a member carries. Only {@link List} writes these fields, and only it reads `before`. They are not called
 * `prev` and `next`, because an operation may be a member, and it has the `next` of an iterator.
 */
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

  /** Inserts a member before another member of this very list. */
  insert(member: T, successor: T): void {
    member.before = successor.before;
    member.after = successor;
    if (successor === this.first) this.first = member;
    else if (successor.before !== null) successor.before.after = member;
    successor.before = member;
  }

  /** Only for a member of this very list. */
  remove(member: T): void {
    const { before, after } = member;
    const { first } = this;
    if (member === first) this.first = after;
    else if (before !== null) before.after = after;
    const successor = after ?? first; // when the last member leaves, the first one learns who is last now
    if (successor !== null) successor.before = before;
    member.before = null;
    member.after = null;
  }

  /** The member that comes before this one of the same list. */
  previous(member: T): T | null {
    return member === this.first ? null : member.before;
  }
}
