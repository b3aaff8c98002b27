/** What `fairlead/runtime` offers: what a controller needs, whatever it controls. */
export type {
  Condition,
  KubeObject,
  LabelSelector,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
  Resource,
} from "../api/meta.ts";
export { apiVersionOf } from "../api/meta.ts";
export type { Cache, CacheOptions, InformerOptions, StreamHealth } from "./cache/cache.ts";
export { createCache } from "./cache/cache.ts";
export type { Informer, InformerHandler } from "./cache/informer.ts";
export { keyOf, splitKey } from "./cache/key.ts";
export { stripped } from "./cache/strip.ts";
export type { Clock, Timer, WaitOptions } from "./clock.ts";
export { sleep, systemClock } from "./clock.ts";
export type {
  Controller,
  ControllerOptions,
  Reconcile,
  ReconcileContext,
  ReconcileResult,
} from "./controller.ts";
export { createController } from "./controller.ts";
export { enqueue } from "./enqueue.ts";
export { isTerminal, messageOf, RetryAfterError, retryAfterOf, TerminalError } from "./errors.ts";
export type { EventType } from "./events/event-object.ts";
export type { EventRecorder, EventRecorderOptions } from "./events/recorder.ts";
export { createEventRecorder } from "./events/recorder.ts";
export type { HealthCheck, HealthServer, HealthServerOptions, Listen } from "./health.ts";
export { createHealthServer } from "./health.ts";
export type { StatusDetails } from "./kube/api-error.ts";
export {
  ApiError,
  isAlreadyExists,
  isApiError,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
} from "./kube/api-error.ts";
export type { KubeClient, KubeClientOptions, ObjectRef, RequestInfo } from "./kube/client.ts";
export { createKubeClient } from "./kube/client.ts";
export type { KubeConfigLike } from "./kube/client-node.ts";
export { connectionFromKubeConfig } from "./kube/client-node.ts";
export type { Connection, Credentials, LoadConnectionOptions, TlsMaterial } from "./kube/connection.ts";
export { loadConnection } from "./kube/connection.ts";
export type {
  DeleteOptions,
  GetOptions,
  ListOptions,
  ObjectList,
  PatchOptions,
  RawOptions,
  ReplaceOptions,
  RequestOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./kube/requests.ts";
export { isTransportError, TransportError } from "./kube/transport.ts";
export { isLeaseLost, LeaseLostError } from "./leader/lease-lost.ts";
export type { LeaderElector, LeaderElectorOptions, Leadership } from "./leader-election.ts";
export { createLeaderElector } from "./leader-election.ts";
export type { LogFields, Logger, LoggerOptions, LogLevel } from "./logger.ts";
export { createLogger, loggerOn, silentLogger } from "./logger.ts";
export { cachePart } from "./manager/cache-part.ts";
export type { GroupName, Manager, ManagerOptions, Part, Runnable } from "./manager.ts";
export { createManager } from "./manager.ts";
export type { Metrics, MetricsOptions } from "./metrics.ts";
export { createMetrics } from "./metrics.ts";
export type { ApplyOptions, ApplyStatusOptions } from "./patch/apply.ts";
export { apply, applyStatus } from "./patch/apply.ts";
export type { ConditionUpdate } from "./patch/conditions.ts";
export { findCondition, setCondition } from "./patch/conditions.ts";
export type { AddedFinalizer, FinalizerOptions, RemovedFinalizer } from "./patch/finalizers.ts";
export { addFinalizer, removeFinalizer } from "./patch/finalizers.ts";
export type { ConflictRetryOptions } from "./patch/retry-on-conflict.ts";
export { retryOnConflict } from "./patch/retry-on-conflict.ts";
export type { Backoff } from "./queue/backoff.ts";
export type { AddOptions, WorkQueue, WorkQueueOptions } from "./queue/work-queue.ts";
export { createWorkQueue, Priority } from "./queue/work-queue.ts";
