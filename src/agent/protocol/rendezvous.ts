/** Rendezvous hashing: each address has its own order of nodes, and taking a node away moves only what was first there. */

/** FNV-1a, 32 bits. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return mix(hash);
}

/** Of two nodes the one with the higher score comes first for the address. */
export function score(nodeHash: number, addressHash: number): number {
  return mix(nodeHash ^ Math.imul(addressHash, 0x9e3779b1));
}

/** The finalizer of MurmurHash3: every bit of the input moves about half of the output's. */
function mix(input: number): number {
  let hash = input;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
