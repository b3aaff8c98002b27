import { awsConformance } from "./parts.ts";

await awsConformance("crashes of create");
