/** Step 2: from the anchor's attester set to the one that judges the checkpoint (PROTOCOL 7). */
import { Refused } from "../errors.js";

/** Follows the handovers of a bundle, oldest first. Refuses `evidence.handover`. */
export async function followHandovers(trust, bundle) {
  if (bundle.handovers.length) throw new Refused("evidence.handover", "no handovers", bundle.handovers.length);
}
