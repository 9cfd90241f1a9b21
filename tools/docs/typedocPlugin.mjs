// What TypeDoc leaves open: chapters, and links from one door to another.
import { Comment, CommentTag, Converter, ReflectionKind } from "typedoc";

const mainDoor = "index";

/** The room in src/ that a name comes from, as a reader would call it. */
const chapters = {
  runtime: "Coroutines",
  handles: "Handles",
  channels: "Channels",
  errors: "Errors",
  sockets: "Bytestreams",
  ipc: "Local sockets",
  interop: "Promises, signals, iterables",
};

export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const door = context.project.getChildByName([mainDoor]);
    for (const reflection of door.children ?? []) putInChapter(context, reflection);
    for (const reflection of context.project.getReflectionsByKind(ReflectionKind.All)) {
      if (!isIn(reflection, door)) linkTo(door, reflection);
    }
  });
}

function putInChapter(context, reflection) {
  const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? [];
  const room = /\/src\/(\w+)\//.exec(declaration?.getSourceFile().fileName ?? "")?.[1];
  // `Operation` is Effection's type, and a coroutine's word.
  const chapter = chapters[room] ?? chapters.runtime;
  const [commented = reflection] = reflection.signatures ?? [];
  commented.comment ??= new Comment();
  commented.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: chapter }]));
}

/** TypeDoc looks for `{@link name}` where the comment stands: here it is told to look in the main door. */
function linkTo(door, { comment }) {
  if (comment === undefined) return;
  for (const parts of [comment.summary, ...comment.blockTags.map((tag) => tag.content)]) {
    for (const part of parts) {
      if (part.kind !== "inline-tag" || part.target !== undefined) continue;
      if (door.getChildByName([part.text]) === undefined) continue;
      part.text = `${mainDoor}.${part.text} | ${part.text}`;
    }
  }
}

function isIn(reflection, door) {
  let at = reflection;
  while (at !== undefined && at !== door) at = at.parent;
  return at === door;
}
