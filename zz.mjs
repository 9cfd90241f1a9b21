import {simulate} from "libdill-ts/testing"; import {ipcPair, hclose, bsend, brecv} from "libdill-ts"; 
import {tlsPair} from "/work/fresh/kit/build/test/support/tlsPair.js";
await simulate(function*(sim){ 
 const [a,z]=yield* tlsPair(); yield* bsend(a,Buffer.from("x"),-1); const b=Buffer.alloc(1); yield* brecv(z,b,-1); console.log(b, sim.elapsed); hclose(a); hclose(z);
}).catch(e=>console.log(e, e.errors));
