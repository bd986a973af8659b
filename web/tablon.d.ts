// `window.tablon` of a Tablón page. Described in docs/api.md.

/** 64 hexadecimal digits. */
type Hash = string;

/** An account, bech32m: `tablon1…`. */
type Address = string;

interface Tablon {
  /** Settles when the node runs; rejects when it is certain that it will not. */
  readonly ready: Promise<void>;

  /** How the node is. */
  status(): Promise<TablonStatus>;

  /**
   * Write a post: signed with this node's wallet, stamped with a little work, kept
   * in its store and sent to its peers. Resolves with the post's id.
   */
  post(body: string, options?: TablonPostOptions | null): Promise<Hash>;

  /** Posts that wait for a block, best stamp first. */
  pending(): Promise<TablonTransaction[]>;

  /** Blocks of the best chain, oldest first. */
  chain(options?: {
    /** Index of the first block; 0 when absent. */
    from?: number | null;
    /** How many, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonBlock[]>;

  /** One block, by index on the best chain or by hash on any branch. */
  block(hashOrIndex: Hash | number): Promise<TablonBlock>;

  /** Confirmed posts, newest first. */
  notes(options?: {
    /** Only posts older than this note; the newest ones when absent. */
    before?: Pick<TablonNote, "height" | "place"> | null;
    /** How many, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonNote[]>;

  /** Mine with so many threads, at most 64; 0 stops. */
  mine(threads: number): Promise<void>;

  /** Whether blocks are mined when no post waits. They are, unless told otherwise. */
  mineEmpty(allowed: boolean): Promise<void>;

  /** The node's neighbours. */
  peers(): Promise<TablonPeer[]>;

  /** Ask every neighbour for its chain again, and look for more neighbours. */
  resynchronise(): Promise<void>;

  /** Be told when the best chain changes. Returns a function that ends it. */
  on(event: "tip", fn: (tip: TablonTip) => void): () => void;
  /** Be told when a post comes to wait for a block. */
  on(event: "post", fn: (post: TablonTransaction & { loosened: boolean }) => void): () => void;
  /** Be told when a neighbour comes, changes or goes. */
  on(event: "peer", fn: (peer: TablonPeer | TablonPeerGone) => void): () => void;
}

/** What every promise rejects with, and what `on` throws. */
interface TablonError extends Error {
  /** Stable, e.g. `text_too_long`; the list is in docs/api.md. */
  code: string;
}

interface TablonPostOptions {
  /** Self-claimed name of the author; anybody may claim any. */
  name?: string | null;
  topic?: string | null;
  /** Id of the post that this one answers. */
  replyTo?: Hash | null;
}

interface TablonStatus {
  /** Hash of the genesis block: the network's id. */
  network: Hash;
  network_name: string;
  /** What follows `#/n/` in the network's link. */
  network_link: string;
  /** Target time between blocks, seconds. */
  spacing: number;
  /** Which of this browser's nodes it is, from 0. */
  slot: number;
  /** The node's peer id. */
  node: Hash;
  address: Address;
  /** Index of the tip. */
  height: number;
  tip: Hash;
  /** Seconds since 1970. */
  tip_time: number;
  /** Leading zero bits that the next block's hash needs. */
  difficulty_bits: number;
  /** Hashes that the next block takes on average; never shown above 2^53 - 1. */
  expected_hashes: number;
  /** How many neighbours are connected. */
  peers: number;
  /** How many posts wait for a block. */
  pending: number;
  mining: {
    threads: number;
    /** Hashes a second, over the last few seconds. */
    hashrate: number;
    state: "off" | "on" | "nothing_to_mine" | "syncing";
    empty_blocks: boolean;
    /** Blocks mined since the node started. */
    found: number;
  };
  storage:
    | { kind: "durable"; bytes: number; recovered: boolean }
    | { kind: "memory"; reason: string };
  sync: { syncing: boolean; have: number; want: number };
}

interface TablonTransaction {
  id: Hash;
  author: Address;
  /** Public key of the author. */
  key: string;
  /** Self-claimed; empty for none. */
  name: string;
  /** Empty for none. */
  topic: string;
  content: string;
  reply_to: Hash | null;
  /** The author's clock, seconds since 1970. */
  timestamp: number;
  /** How many posts of the author came before. */
  seq: number;
  /** Leading zero bits of the id: the work spent on the post. */
  stamp_bits: number;
  /** Whether this node's wallet wrote it. */
  own: boolean;
}

interface TablonBlock {
  index: number;
  hash: Hash;
  previous_hash: Hash;
  merkle_root: Hash;
  version: number;
  /** Seconds since 1970; 0 for genesis. */
  timestamp: number;
  /** Compact target. */
  bits: number;
  nonce: number;
  /** Leading zero bits that the target asks for. */
  difficulty_bits: number;
  /** Leading zero bits that the hash has. */
  zero_bits: number;
  /** The 80 bytes that were hashed, hexadecimal. */
  header: string;
  /** Null for genesis. */
  miner: Address | null;
  on_best_chain: boolean;
  /** Bytes. */
  size: number;
  transactions: TablonTransaction[];
}

interface TablonNote {
  /** Index of its block. */
  height: number;
  /** Its place in the block, from 0. */
  place: number;
  post: TablonTransaction;
}

interface TablonPeer {
  id: Hash;
  link: "webrtc" | "local";
  state: "connecting" | "greeting" | "connected";
  /** Its tip, as it says. */
  height: number | null;
  /** Milliseconds. */
  round_trip: number | null;
  /** Its clock minus ours, seconds. */
  clock_offset: number | null;
}

interface TablonPeerGone {
  id: Hash;
  state: "gone";
  reason: string;
}

interface TablonTip {
  /** Index of the last block that the old and the new chain share. */
  fork: number;
  /** Hashes of blocks taken off, newest first; empty unless reorganised. */
  disconnected: Hash[];
  /** Blocks put on, oldest first; only the last 32 when more. */
  connected: TablonBlock[];
  height: number;
  hash: Hash;
}

interface Window {
  readonly tablon: Tablon;
}

declare const tablon: Tablon;
