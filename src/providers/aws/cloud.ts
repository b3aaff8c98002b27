/** What all that talks to AWS for the provider has in common. */
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import type { OperationContext } from "../../core/plan/actions.ts";
import type { Fields } from "../../core/plan/types.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Aws, AwsClients, Place, WriteContext } from "./client.ts";
import type { CloudId } from "./model/resources.ts";
import type { Ownership } from "./observe/ownership.ts";
import { readClassSettings } from "./settings/class-settings.ts";

export interface Cloud {
  readonly clients: AwsClients;
  readonly clock: Clock;
  /** First half of every mark. Known from `start` on. */
  clusterUid(): string;
  /** Whose what is, as far as it was read. */
  ownership(place: Place): Ownership;
}

export function placeOf(cls: LoadBalancerClass): Place {
  const { region, endpoints } = readClassSettings(cls.spec.settings);
  return { region, endpoints: { elasticloadbalancing: endpoints.elbv2, ec2: endpoints.ec2 } };
}

/** Names a place where it is a key. */
export function placeKey({ region, endpoints }: Place): string {
  return JSON.stringify([region, endpoints?.elasticloadbalancing ?? "", endpoints?.ec2 ?? ""]);
}

export function awsFor(cloud: Cloud, cls: LoadBalancerClass): Aws {
  return cloud.clients.at(placeOf(cls));
}

/** `on`: what is written, for messages. */
export function writing({ signal, guard }: OperationContext, on: string): WriteContext {
  return { signal, guard, on };
}

/** Fields as the type of their kind: what the provider desired and what it observed itself. */
export function fieldsAs<T>(fields: Fields): T {
  return fields as unknown as T;
}

/** A cloud id where it is known: in what is observed, and in operations, whose references are resolved. */
export function cloudIdText(id: CloudId): string {
  return typeof id === "string" ? id : JSON.stringify(id);
}
