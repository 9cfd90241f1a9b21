// What could have gone otherwise in a simulation, and who decides it.

/**
 * What is chosen. "turn": whether a turn ends here. "event": which of the events that have come at the same moment is reported
 * first. "next": which of the coroutines that are ready goes on. "pick": what the simulation's program asks for.
 */
export type ChoiceKind = "turn" | "event" | "next" | "pick";

export interface Choices {
  /** A number from 0 up to `ways`, which is at least 2. 0 is what happens in production, or what is simplest. */
  choose(kind: ChoiceKind, ways: number): number;
}
