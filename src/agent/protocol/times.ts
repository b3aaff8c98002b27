/** All times of the protocol, in milliseconds. What hangs on what is in docs/design/agents.md. */

export const beatMs = 200;
/** A claim that changed is sent again after these, counted from its first sending. */
export const echoMs: readonly number[] = [30, 90];
/** How long a change of claims is told with each heartbeat; where that takes too many datagrams, more than two beats. */
export const newsMs = 3_000;
export const latestNewsMs = 450;

/** A node that was not heard for this long is silent. So long also lasts what it said of others. */
export const silentMs = 600;
/** How long after a heartbeat answers may be given. Less than `silentMs`, by more than clocks may differ in speed. */
export const deadlineMs = 550;
/**
 * A process that comes back later than this after its last heartbeat was paused for so long that others may be about to claim.
 * Nobody does before `silentMs` and a probe are over.
 */
export const pausedMs = 700;
/** Three beats: who listens for so long has heard of every claim. */
export const listenMs = 600;
export const firstListenMs = 1_000;
/** Who is heard and can't be asked for its claims is waited for no longer. */
export const listenAtMostMs = 5_000;
/** What a listening node claims is left to it for so long: a little more than it listens. */
export const listeningHolderMs = 800;
/** After a start, addresses wait so long for the node that they are recorded for. */
export const recallMs = 5_000;

/** Each later one in the order waits so much longer. More than a probe takes, and the claim to be heard. */
export const staggerMs = 300;
/** Requests, from the begin of the probe, and when silence is an answer. */
export const probe = { at: [0, 75], until: 150 } as const;
export const firstProbe = { at: [0, 333, 666], until: 1_000 } as const;
/** A probe during which frames were lost begins anew, so often at most: who floods the wire keeps no address from being taken. */
export const mostRepeats = 3;
export const conflictProbeMs = 30_000;
/** The same, where the foreign machine has merely asked for it as well: by then it uses it, or it does not. */
export const askedProbeMs = 2_000;
/** How long a foreign machine's frame about a held address is told of. */
export const foreignMs = 60_000;
/** How long to leave an address that an agent answers for, and that nobody is known to claim. */
export const answeredMs = 1_000;
/** After so many probes in a row that were answered so it is told, and asked for less often. */
export const unclaimedProbes = 3;
export const unclaimedProbeMs = 5_000;
/**
 * An address that a silent node answers for is asked for again after so long; with many later, so much for each, unless nobody answered
 * last time. Longer than `deadlineMs` and a probe: a holder that was merely paused through two of them may not answer any more.
 */
export const blockedAgainMs = 1_000;
export const blockedAgainMsEach = 4;
/** Probes in a row that nobody answers, where the last one was answered. */
export const unansweredProbes = 2;

/** An offer that was not taken goes to the next, and not to this one again for a while. */
export const offerMs = 1_000;
export const refusedMs = 10_000;
export const leaveMs = 3_000;
/** Moves for the sake of balance: the pause between any two in the cluster, and after nodes have come or gone. */
export const moveMs = 1_000;
export const settleMs = 5_000;

/** A node is blind when it did not reach the API server for this long while others did throughout. */
export const blindMs = 10_000;
/** Who has reached it within this time reaches it. Less than `blindMs` by more than two nodes' requests lie apart. */
export const reachesMs = 6_000;
/** The fence falls so long before the Lease ends, or a tenth of its duration if that is more. */
export const fenceMs = 2_000;
/** Who heard several others asks the API server when nobody was heard for so long: more than a beat and its delays. */
export const apiAskMs = 350;
/** If the API server was not reached by then either, it stops: before others can have probed, for `silentMs` and a probe. */
export const cutOffMs = 550;
/** Whoever was heard so long before the last one was, or later, was lost together with it: one late heartbeat of one node does not end a cut. */
export const lostTogetherMs = 5_000;
/** It asks again as long as it hears nobody. With more than 100 nodes so much for each: 100 a second. */
export const apiAgainMs = 1_000;
export const apiAgainMsEach = 10;
/**
 * Later it stops when what was answered last was sent so long ago, or three requests in a row were in vain: who goes on with heartbeats that
 * something eats outlives a slow or restarting API server. Before its Lease ends.
 */
export const apiLostMs = 5_000;
/** A silent node that the API server does not know is forgotten. */
export const forgetPeerMs = 60_000;
/**
 * So many questions are asked and addresses claimed in one turn; the next are due after this time. Each brings a frame or more, and a
 * heartbeat has to wait for none of them for long: with 700 addresses to take over, the last begins 35 ms after the first.
 */
export const actsPerTurn = 100;
export const actAgainMs = 5;
/** So much time lets several changes be thought over at once. What makes a holder stop does not wait. */
export const togetherMs = 20;
