import { awsConformance } from "./parts.ts";

await awsConformance("cases");
