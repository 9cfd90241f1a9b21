// Which Effection scope a run was started in, and which coroutine of ours waits for what runs in a scope.
import { type Context, createContext, global, type Scope } from "effection";
import type { Owner } from "../../handles/index.js";
import { findGuestGroupsWith, type GuestGroup, Task } from "../../kernel/index.js";

const scopes = new WeakMap<Owner, Scope>();

export function rememberScope(owner: Owner, scope: Scope): void {
  scopes.set(owner, scope);
}

/** The scope for what a coroutine of that run starts: operations of Effection's see its contexts. */
export function scopeOf(owner: Owner | null): Scope {
  return (owner === null ? undefined : scopes.get(owner)) ?? global;
}

/** The group of the guests in a scope that a coroutine of ours waits for. */
export const guests: Context<GuestGroup> = createContext<GuestGroup>("libdill-ts.guests");

findGuestGroupsWith(groupIn);

function groupIn(scope: Scope): GuestGroup | null {
  return scope.get(guests) ?? null;
}

/** A guest for who waits in that scope. */
export function guestIn(scope: Scope): Task {
  return new Task(null, groupIn(scope), null);
}
