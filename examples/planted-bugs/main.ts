// Six programs with a bug that a usual test does not see. Each is simulated once, which passes; explored, which fails; mended,
// and explored again.
// In a clone, run it with: node --enable-source-maps build/examples/planted-bugs/main.js
import { explore, ScheduleFailure, simulate } from "libdill-ts/testing";
import { type Bug, bugs } from "./bugs.js";

async function show({ name, tested, broken, mended, options }: Bug): Promise<void> {
  console.log(`== ${name}`);
  await simulate(tested);
  console.log("a usual test: passes\n");
  try {
    await explore(broken, options);
    throw new Error("nothing was found");
  } catch (e) {
    if (!(e instanceof ScheduleFailure)) throw e;
    console.log(e.message);
  }
  const { schedules } = await explore(mended, { ...options, seconds: 30 });
  console.log(`\nmended: ${schedules} schedules, and nothing was found\n`);
}

for (const bug of bugs) await show(bug);
