// `window.tablon` of a Tablón page. Described in docs/api.md.

/** 64 hexadecimal digits. */
type Hash = string;

/** An account, bech32m: `tablon1…`. */
type Address = string;

interface Tablon {
  /**
   * Settles when the node runs; rejects when it is certain that it will not. It waits
   * while the page asks whether to join a network that this browser does not know.
   */
  readonly ready: Promise<void>;

  /** How the node is. Everything here is about the network that is shown. */
  status(): Promise<TablonStatus>;

  /**
   * Write a post: signed with this node's wallet, stamped with a little work, kept
   * in its store and sent to its peers. Resolves with the post's id.
   */
  post(body: string, options?: TablonPostOptions | null): Promise<Hash>;

  /** Transactions that wait for a block, best stamp first. */
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

  /** Every block that the node knows, of all branches, lowest first. */
  branches(options?: {
    /** Index of the first; 0 when absent. */
    from?: number | null;
    /** How many, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonBranch[]>;

  /** Confirmed posts, newest first. */
  notes(options?: {
    /** Only posts older than this note; the newest ones when absent. */
    before?: Pick<TablonNote, "height" | "place"> | null;
    /** How many, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonNote[]>;

  /**
   * Become a participant: publish the wallet's key under a name, so that others can
   * send secrets. Resolves with the transaction's id, like all that follow.
   */
  join(name: string): Promise<Hash>;

  /** Be a participant no longer. */
  leave(): Promise<Hash>;

  /** Pay from the wallet's account, at least 1 coin; `tip` names a post. */
  transfer(to: Address, amount: number, options?: { tip?: Hash | null } | null): Promise<Hash>;

  /** Confirmed transfers to and from an account, newest first. */
  transfers(options?: {
    /** Whose; the wallet's when absent. */
    of?: Address | null;
    /** Only those older than this one; the newest ones when absent. */
    before?: Pick<TablonNote, "height" | "place"> | null;
    /** How many, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonNote[]>;

  /** An account of the ledger, also one that nobody has used; the wallet's when absent. */
  account(address?: Address | null): Promise<TablonAccount>;

  /** Participants in the order of their addresses. */
  participants(options?: {
    /** Only those after this one. */
    after?: Address | null;
    /** How many, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonAccount[]>;

  /** Send a message that only a participant, the reader, and this wallet can open. */
  secret(to: Address, text: string): Promise<Hash>;

  /**
   * Secrets to and from the wallet, opened, newest first; those that wait for a
   * block come first, unless `before` is given.
   */
  secrets(options?: {
    /** Only those older than this one. */
    before?: { height: number; place: number } | null;
    /** How many confirmed ones, 50 when absent; at most 500 are given. */
    limit?: number | null;
  } | null): Promise<TablonSecret[]>;

  /** Proof of publication. */
  readonly proof: {
    /** The file for a confirmed transaction: it convinces without any node. */
    export(id: Hash): Promise<Uint8Array>;
    /** What such a file proves, on any network. Rejects when it proves nothing. */
    verify(bytes: Uint8Array): Promise<TablonProof>;
  };

  /** The wallet: one identity of 12 words, kept by the node worker. */
  readonly wallet: TablonWallet;

  /** The networks that this tab is part of. */
  readonly networks: TablonNetworks;

  /** Mine with so many threads, at most 64; 0 stops. */
  mine(threads: number): Promise<void>;

  /** Whether blocks are mined when no post waits. They are, unless told otherwise. */
  mineEmpty(allowed: boolean): Promise<void>;

  /**
   * How much of the time the miners of this tab work, 10 to 100 percent; 100
   * until told otherwise. They rest in between; posts get their stamps at once
   * all the same.
   */
  mineDuty(percent: number): Promise<void>;

  /**
   * Whether the graphics processor mines beside the threads (WebGPU); it does
   * not until told to. Where it cannot, a notice says so and the threads go on.
   */
  mineGpu(wanted: boolean): Promise<void>;

  /** The node's neighbours. */
  peers(): Promise<TablonPeer[]>;

  /** Ask every neighbour for its chain again, and look for more neighbours. */
  resynchronise(): Promise<void>;

  /**
   * A text with which another person's node can link to this one without any relay:
   * it is pasted there, and what comes of that is pasted here. It is good for 10
   * minutes, or until the next one is made.
   */
  invite(): Promise<string>;

  /**
   * Take what another person sent: an invitation, for which the answer to carry back
   * is given, or such an answer, for which nothing is left to do (null).
   */
  paste(text: string): Promise<string | null>;

  /** Be told when the best chain changes. Returns a function that ends it. */
  on(event: "tip", fn: (tip: TablonTip) => void): () => void;
  /** Be told of a block that is kept beside the best chain. */
  on(event: "branch", fn: (branch: { height: number; hash: Hash }) => void): () => void;
  /**
   * Be told of the newest posts of a chain that is still being fetched: sound in
   * themselves, not yet checked against the ledger. Each list replaces the one before.
   */
  on(event: "unverified", fn: (posts: TablonNote[]) => void): () => void;
  /** Be told when a new block or post came here and went on to neighbours. */
  on(event: "passed", fn: (passed: TablonPassed) => void): () => void;
  /** Be told when a transaction comes to wait for a block. */
  on(event: "post", fn: (post: TablonTransaction & { loosened: boolean }) => void): () => void;
  /** Be told when a neighbour comes, changes or goes. */
  on(event: "peer", fn: (peer: TablonPeer | TablonPeerGone) => void): () => void;
  /** Be told how the wallet is: at once, and whenever that changes. */
  on(event: "wallet", fn: (wallet: TablonWalletState) => void): () => void;
}

interface TablonWallet {
  state(): Promise<TablonWalletState>;
  /**
   * Seal the wallet with a password of 8 to 128 characters. `old` is the password
   * so far, if there is one. At the next start the wallet is locked.
   */
  setPassword(password: string, old?: string | null): Promise<TablonWalletState>;
  /** Takes a good part of a second of the node's time, on purpose. */
  unlock(password: string): Promise<TablonWalletState>;
  /** Forget the key until the next `unlock`; rejects without a password. */
  lock(): Promise<TablonWalletState>;
  /** The 12 words; the password is needed when there is one. */
  words(password?: string | null): Promise<string>;
  /** The words are written down. */
  backedUp(): Promise<TablonWalletState>;
  /** The wallet as a file, sealed: with its own password where it has one, else with this one. */
  export(password: string): Promise<Uint8Array>;
  /** Take the identity of a file; the file's password becomes the wallet's. The former one is put aside. */
  import(file: Uint8Array, password: string): Promise<TablonWalletState>;
  /** Take the identity of 12 words; the wallet then has no password. The former one is put aside. */
  importWords(words: string): Promise<TablonWalletState>;
  /** Delete this identity and those put aside, and draw a new one. */
  forget(): Promise<TablonWalletState>;
}

interface TablonWalletState {
  address: Address;
  /** It signs nothing until it is unlocked. */
  locked: boolean;
  has_password: boolean;
  /** Its owner has the words on paper, or a file. */
  backed_up: boolean;
  /** It is kept on disk; else it is lost with the tab. */
  durable: boolean;
}

interface TablonNetworks {
  /** In the order in which they were joined, at most 8. */
  list(): Promise<TablonNetwork[]>;
  /** Make a network and join it; its link brings others there. Random bytes and the time
   *  are drawn: two networks of one name are two. */
  create(name: string, options?: {
    /** Seconds from block to block, 5 to 3,600; 15 when absent. */
    spacing?: number | null;
    /** The first blocks take 2^firstBits hashes, 1 to 60; 20 when absent. */
    firstBits?: number | null;
    /** Coins that a block brings its miner, 0 to 1,000,000; 50 when absent. */
    reward?: number | null;
    /** Leading zero bits of a small post's id, 0 to 32; 14 when absent. */
    stampBits?: number | null;
    /** A rival chain that would undo more than an hour must lead by more blocks' work than
     *  this, or waits a spacing, 0 to 100; 0 when absent. */
    margin?: number | null;
  } | null): Promise<TablonNetwork>;
  /** Join by a link, or by a whole address with `#/n/<link>`. It is not shown yet. */
  join(link: string): Promise<TablonNetwork>;
  /** Show a network of the list: everything else acts on it from then on. */
  show(id: Hash): Promise<void>;
  /** Stop its node. Resolves with the files that were deleted, if that was wanted. */
  leave(id: Hash, options?: { deleteData?: boolean | null } | null): Promise<{ file: string; bytes: number }[]>;
}

interface TablonNetwork {
  id: Hash;
  /** What follows `#/n/`. */
  link: string;
  name: string;
  /** It is the one that is shown. */
  current: boolean;
  /** `asking`: its store has reached its budget of disk, and the page asks. */
  state: "opening" | "running" | "stopped" | "asking";
  height: number;
  peers: number;
  /** Posts of others since it was last shown, at most 999. */
  unread: number;
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
  /** The wallet is locked: it reads and mines, and signs nothing. */
  locked: boolean;
  /** Coins of the wallet on the chain. */
  balance: number;
  /** Of these, coins that waiting transfers will take. */
  outgoing: number;
  /** Coins that waiting transfers will bring. */
  incoming: number;
  /** The name under which the wallet is a participant. */
  joined: string | null;
  /** Coins that a block brings its miner. */
  reward: number;
  /** All coins that there are. */
  supply: number;
  /** Root of the ledger after the tip. */
  state_root: Hash;
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
  /** Nodes of the network that this one knows of, itself included. */
  known_nodes: number;
  /** What the stamp of a post of at most 256 bytes must be, in zero bits; one more for each doubling. */
  stamp: {
    /** By the network's rule. */
    required_bits: number;
    /** To enter the pool now. */
    enter_bits: number;
    /** To be in the next block: what this node works out for what it writes, up to 8 bits beyond the rule. */
    next_block_bits: number;
  };
  clock: {
    /** What the neighbours' clocks are ahead of this one, the median, seconds. */
    offset: number;
    /** Neighbours that have said their time. */
    samples: number;
    /** The node goes by the neighbours' time, not by this clock. */
    corrected: boolean;
  };
  /** How many transactions wait for a block. */
  pending: number;
  mining: {
    threads: number;
    /** Hashes a second, over the last few seconds. */
    hashrate: number;
    state: "off" | "on" | "nothing_to_mine" | "syncing" | "store_failed";
    empty_blocks: boolean;
    /** Blocks mined since the node started. */
    found: number;
  };
  storage:
    | { kind: "durable"; bytes: number; recovered: boolean }
    /** Nothing more can be stored; what is there is read, and storing goes on by itself. */
    | { kind: "store_failed"; bytes: number; reason: string }
    | { kind: "memory"; reason: string };
  sync: {
    syncing: boolean;
    have: number;
    want: number;
    /** Blocks taken a second over the last ten seconds, in hundredths. */
    rate: number;
    /** Seconds until `want` at this rate; null when not fetching, and while nothing comes. */
    seconds_left: number | null;
  };
}

/** Fields that its kind does not have are empty or null. */
interface TablonTransaction {
  id: Hash;
  kind: "post" | "join" | "leave" | "transfer" | "secret";
  author: Address;
  /** Public key of the author. */
  key: string;
  /** Of a post: self-claimed. Of a join: the name taken. */
  name: string;
  /** Of a post with a name: the author is a participant under this very name. */
  joined: boolean;
  /** Of a post. */
  topic: string;
  /** Of a post: the text. */
  content: string;
  /** Of a post: the one that it answers. */
  reply_to: Hash | null;
  /** Of a post: coins that it was tipped with, confirmed. */
  tips: number;
  /** Of a transfer or a secret. */
  to: Address | null;
  /** Of a transfer: coins. */
  amount: number | null;
  /** Of a transfer: the post that it tips. */
  tip: Hash | null;
  /** Of a secret: bytes of the sealed message. */
  sealed: number | null;
  /** The author's clock, seconds since 1970. */
  timestamp: number;
  /** How many transactions of the author came before. */
  seq: number;
  /** Leading zero bits of the id: the work spent on it. */
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
  /** Root of the ledger after it. */
  state_root: Hash;
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

interface TablonAccount {
  address: Address;
  /** Its key, once its owner has joined. */
  key: string | null;
  /** Coins on the chain. */
  balance: number;
  /** Of these, coins that waiting transfers will take. */
  outgoing: number;
  /** Coins that waiting transfers will bring. */
  incoming: number;
  /** Transactions of the account on the chain. */
  transactions: number;
  membership: "never" | "joined" | "left";
  /** The name last joined under; empty when its owner never joined. */
  name: string;
  /** Index of the block in which its owner joined, left or took the name. */
  since: number | null;
  /** Whether it is this node's wallet. */
  own: boolean;
}

interface TablonSecret {
  /** Index of its block; null while it waits for one. */
  height: number | null;
  place: number;
  transaction: TablonTransaction;
  /** The text; null while the wallet is locked, and when it cannot be opened. */
  text: string | null;
  /** Why there is no text. */
  problem: string | null;
}

/** What a proof of publication proves. */
interface TablonProof {
  network: Hash;
  network_name: string;
  /** `tips`, `joined` and `own` are not part of the proof. */
  transaction: TablonTransaction;
  /** The block that holds it. */
  block: Hash;
  height: number;
  /** That block's time, as its miner stated. */
  timestamp: number;
  /** Blocks in the file, from that one to the named one. */
  blocks: number;
  /** Whoever knows this block to be on the chain needs nothing else. */
  named: Hash;
  named_height: number;
  /** Hashes that these blocks took on average; never shown above 2^53 - 1. */
  expected_hashes: number;
  /** Whether this node's best chain has the named block; null on another network. */
  on_best_chain: boolean | null;
}

/** A block's place in the tree of branches. */
interface TablonBranch {
  hash: Hash;
  previous_hash: Hash;
  height: number;
  /** Seconds since 1970; 0 for genesis. */
  timestamp: number;
  /** On the best chain, on a branch with less work, or known by its header only. */
  standing: "best" | "stale" | "header";
}

interface TablonPassed {
  what: "block" | "post";
  /** The neighbour it came from; null when it was made here. */
  from: Hash | null;
  /** Neighbours that it was sent to, whole or by name. */
  to: Hash[];
}

interface TablonPeer {
  id: Hash;
  /**
   * Better ones first: between tabs of this browser, directly, by way of a TURN
   * server, to a headless node's address, sealed through the relay.
   */
  link: "broadcast" | "webrtc" | "turn" | "websocket" | "tunnel" | "local";
  state: "connecting" | "greeting" | "connected";
  /** Its tip, as it says. */
  height: number | null;
  /** Milliseconds. */
  round_trip: number | null;
  /** Its clock minus ours, seconds. */
  clock_offset: number | null;
  /** Bytes of messages. */
  sent: number;
  received: number;
  /** Whom it says that it is linked to, this node left out; at most 8. */
  neighbours: Hash[];
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
  /** Blocks put on, oldest first; of more than 32 only the last 4. */
  connected: TablonBlock[];
  height: number;
  hash: Hash;
}

interface Window {
  readonly tablon: Tablon;
}

declare const tablon: Tablon;
