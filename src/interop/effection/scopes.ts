// Which Effection scope a run was started in: operations of Effection's in its coroutines see that scope's contexts.
import { global, type Scope } from "effection";
import type { Owner } from "../../handles/index.js";

const scopes = new WeakMap<Owner, Scope>();

export function rememberScope(owner: Owner, scope: Scope): void {
  scopes.set(owner, scope);
}

/** The scope for what a coroutine of that run starts. */
export function scopeOf(owner: Owner | null): Scope {
  return (owner === null ? undefined : scopes.get(owner)) ?? global;
}
