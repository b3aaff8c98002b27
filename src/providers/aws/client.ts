/**
 * Requests to AWS: one at a time through the limiter, under the guard, with AWS's errors turned into ours. The SDK's own retries are off:
 * retries here keep to the rates too, and a write is sent a second time only if AWS says that it did not take the first.
 */
import { type CloudError, isCloudError } from "../../core/plan/cloud-error.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import {
  createRequestLimiter,
  type RequestFamily,
  type RequestLimiter,
  type RequestReport,
} from "../request-limiter.ts";
import { type Attempt, isThrottled, toCloudError } from "./errors.ts";
import type { AwsOperation, Input, Output, ReadOperation, WriteOperation } from "./sdk.ts";

/** Where requests go. Credentials come from the SDK's default chain: one identity for the process. */
export interface Place {
  readonly region: string;
  /** Instead of AWS's own, which `AWS_ENDPOINT_URL` and its kin may set too. */
  readonly endpoints?:
    | { readonly elasticloadbalancing?: string | undefined; readonly ec2?: string | undefined }
    | undefined;
}

export interface ReadContext {
  readonly signal: AbortSignal;
  /** What is read, for messages; default: the place. */
  readonly on?: string | undefined;
}

export interface WriteContext {
  readonly signal: AbortSignal;
  /** Called right before each sending. */
  guard(): void;
  readonly on: string;
}

export interface Aws {
  readonly place: Place;
  /** Tried again a few times if AWS has trouble. @throws CloudError, or the signal's reason. */
  read<O extends ReadOperation>(operation: O, input: Input<O>, context: ReadContext): Promise<Output<O>>;
  /** @throws CloudError, the signal's reason, or what the guard throws. */
  write<O extends WriteOperation>(operation: O, input: Input<O>, context: WriteContext): Promise<Output<O>>;
}

export interface AwsClients {
  at(place: Place): Aws;
}

export interface AwsClientsOptions {
  readonly clock: Clock;
  /** From 0 to below 1, to spread retries. */
  readonly random?: (() => number) | undefined;
  /** Told of each request that was sent. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
}

type Family = "elb-describe" | "elb-modify" | "elb-register" | "ec2-describe" | "ec2-modify";

/**
 * Per account and region. For reads: "Request throttling for the ELB API" in the ELB User Guide, and "Request throttling for the Amazon EC2
 * API" in the EC2 Developer Guide. The rates of ELB's writes are those that the AWS Load Balancer Controller keeps to.
 */
export const requestFamilies: Readonly<Record<Family, RequestFamily>> = {
  "elb-describe": { perSecond: 10, burst: 40 },
  "elb-modify": { perSecond: 10, burst: 40 },
  "elb-register": { perSecond: 4, burst: 20 },
  "ec2-describe": { perSecond: 20, burst: 100 },
  "ec2-modify": { perSecond: 5, burst: 50 },
};

/**
 * What comes later in the making of a load balancer goes first: of many, the first are served before the last are begun, and no family of
 * requests rests while another is asked for all of them at once.
 */
const priorities: Readonly<Record<string, number>> = {
  AuthorizeSecurityGroupIngress: 1,
  CreateTargetGroup: 1,
  CreateListener: 2,
};

const requestTimeoutMs = 30_000;
const connectionTimeoutMs = 5_000;
const readAttempts = 4;
const throttledAttempts = 8;
const firstBackoffMs = 200;
const longestBackoffMs = 10_000;

export function createAwsClients(options: AwsClientsOptions): AwsClients {
  const places = new Map<string, Aws>();
  return {
    at(place) {
      const key = JSON.stringify([place.region, place.endpoints?.elasticloadbalancing, place.endpoints?.ec2]);
      const aws = places.get(key) ?? clientFor(place, options);
      places.set(key, aws);
      return aws;
    },
  };
}

function clientFor(place: Place, options: AwsClientsOptions): Aws {
  const { clock, random = Math.random, onRequest } = options;
  const limiter = createRequestLimiter<Family>({
    families: requestFamilies,
    clock,
    isThrottled: (error) => isThrottled(isCloudError(error) ? error.cause : error),
    ...(onRequest === undefined ? {} : { onRequest }),
  });
  const send = createSender(place, limiter);
  const backoff = (attempt: number, { retryAfterMs = 0 }: CloudError, signal: AbortSignal): Promise<void> => {
    const ms = Math.min(longestBackoffMs, firstBackoffMs * 2 ** attempt);
    return sleep(Math.max(retryAfterMs, ms * (0.5 + random())), { signal, clock });
  };
  /** Who is told to come back much later does not wait for that here. */
  const isLate = ({ retryAfterMs = 0 }: CloudError): boolean => retryAfterMs > longestBackoffMs;
  return {
    place,
    async read(operation, input, { signal, on = `region ${place.region}` }) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await send(operation, input, { signal, on, guard: () => {} });
        } catch (error) {
          if (!isCloudError(error) || error.class !== "retry") throw error;
          const attempts = isThrottled(error.cause) ? throttledAttempts : readAttempts;
          if (attempt + 1 >= attempts || isLate(error)) throw error;
          await backoff(attempt, error, signal);
        }
      }
    },
    async write(operation, input, context) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await send(operation, input, context);
        } catch (error) {
          const refusedUnseen = isCloudError(error) && isThrottled(error.cause);
          if (!refusedUnseen || attempt + 1 >= throttledAttempts || isLate(error)) throw error;
          await backoff(attempt, error, context.signal);
        }
      }
    },
  };
}

type Send = <O extends AwsOperation>(
  operation: O,
  input: Input<O>,
  context: WriteContext,
) => Promise<Output<O>>;

function createSender(place: Place, limiter: RequestLimiter<Family>): Send {
  let connecting: ReturnType<typeof connect> | undefined;
  return async (operation, input, { signal, guard, on }) => {
    connecting ??= connect(place).catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    const services = await connecting;
    const service = Object.hasOwn(services.ec2.commands, operation) ? "ec2" : "elasticloadbalancing";
    const attempt: Attempt = { operation, service, on };
    const request = { family: familyOf(attempt), operation, signal, priority: priorities[operation] ?? 0 };
    return limiter.run(request, async () => {
      guard();
      try {
        return await services[service].send(operation, input, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toCloudError(error, attempt);
      }
    });
  };
}

async function connect({ region, endpoints }: Place) {
  const { ec2, elasticloadbalancing } = await import("./sdk.ts");
  const configuration = (endpoint: string | undefined) => ({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
    customUserAgent: "fairlead",
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      connectionTimeout: connectionTimeoutMs,
    },
  });
  return {
    ec2: service(new ec2.client(configuration(endpoints?.ec2)), ec2.commands),
    elasticloadbalancing: service(
      new elasticloadbalancing.client(configuration(endpoints?.elasticloadbalancing)),
      elasticloadbalancing.commands,
    ),
  };
}

/** The one place where the SDK's types are left: a table of commands can't tell it which answer belongs to which. */
function service(client: unknown, commands: object) {
  const sender = client as { send(command: unknown, options: { abortSignal: AbortSignal }): Promise<never> };
  const makers = commands as Readonly<Record<string, new (input: unknown) => unknown>>;
  return {
    commands,
    send<O extends AwsOperation>(
      operation: O,
      input: Input<O>,
      abortSignal: AbortSignal,
    ): Promise<Output<O>> {
      const Command = makers[operation];
      if (Command === undefined) throw new Error(`The SDK's ${operation} is not loaded`);
      return sender.send(new Command(input), { abortSignal });
    },
  };
}

/** Whose rate a request counts to. */
export function familyOf({
  service,
  operation,
}: {
  readonly service: string;
  readonly operation: string;
}): Family {
  const reads = operation.startsWith("Describe");
  if (service === "ec2") return reads ? "ec2-describe" : "ec2-modify";
  if (operation === "RegisterTargets" || operation === "DeregisterTargets") return "elb-register";
  return reads ? "elb-describe" : "elb-modify";
}
