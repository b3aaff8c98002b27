/** Ends the control plane that the integration tests shared, after the last of them. */
import { stopShared } from "./shared-control-plane.ts";

export default stopShared;
