import { awsConformance } from "./parts.ts";

await awsConformance("crashes of update and delete");
