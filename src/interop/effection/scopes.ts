// Which Effection scope a run was started in, or a guest waits in; and which coroutine of ours waits for what runs in a scope.
import { type Context, createContext, type Scope } from "effection";
import type { Owner } from "../../handles/index.js";
import { Guest, type GuestGroup, placeGuestsWith, type Task } from "../../kernel/index.js";

const scopes = new WeakMap<Owner | Task, Scope>();

export function rememberScope(owner: Owner, scope: Scope): void {
  scopes.set(owner, scope);
}

/** The scope for what that task starts: operations of Effection's see its contexts. */
export function scopeOf(task: Task): Scope | null {
  for (let around: Task | null = task; around !== null; around = around.group?.parent ?? null) {
    const scope = scopes.get(around.owner ?? around);
    if (scope !== undefined) return scope;
  }
  return null;
}

/** The group of the guests in a scope that a coroutine of ours waits for. */
export const guests: Context<GuestGroup> = createContext<GuestGroup>("libdill-ts.guests");

placeGuestsWith(placeIn);

function placeIn(guest: Task, scope: Scope): void {
  guest.group = scope.get(guests) ?? null;
  scopes.set(guest, scope);
}

/** A guest for who waits in that scope. */
export function guestIn(scope: Scope): Guest {
  const guest = new Guest();
  placeIn(guest, scope);
  return guest;
}
