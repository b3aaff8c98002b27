/** What `fairlead/testing` offers to authors of controllers and providers. */
export type {
  CallHook,
  CloudCall,
  CloudFault,
  CloudObject,
  EndpointsHarness,
  NodesHarness,
  ProviderHarness,
  TestRunner,
} from "./conformance/harness.ts";
export { providerConformance } from "./conformance/suite.ts";
export type { AccessData, ControlPlaneAccess, Identity } from "./control-plane/access.ts";
export { accessTo } from "./control-plane/access.ts";
export type { ControlPlane, ControlPlaneOptions } from "./control-plane/control-plane.ts";
export { startControlPlane } from "./control-plane/control-plane.ts";
export type { FindOptions } from "./control-plane/find-binaries.ts";
export { findBinaries } from "./control-plane/find-binaries.ts";
export type { BinaryName } from "./control-plane/pins.ts";
export type { ServerName } from "./control-plane/servers.ts";
