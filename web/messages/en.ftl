# English. One message a line or paragraph; { $n } is a value that the page puts in.
# Syntax: https://projectfluent.org/fluent/guide/ (text, values, plural choices).
# A test fails when a message is missing in a language, unused, or takes other values.

brand = Tablón
page-title = { $board } · #{ $n } · Tablón
skip = Skip to the board
language = Language
theme = Theme
theme-system = as the system
theme-light = light
theme-dark = dark
on = On
off = Off
you = you
close = Close
cancel = Cancel
dismiss = Dismiss
copy = Copy
copied = Copied
copy-by-hand = The browser did not let the page copy. The text is selected: press Ctrl+C.

## Places

places = Places
place-board = Board
place-blocks = Blocks
place-wall = Wall
my-node = My node

## Connection

connection-opening = Opening the node…
connection-connecting = Looking for others…
connection-alone = Alone here
connection-offline = Offline
connection-stopped = Node stopped
connection-peers = { $n ->
    [one] { $n } peer
   *[other] { $n } peers
}
node-opening = The node is opening its store…
node-stopped = The node does not run; the reason stands at the top.

## Amounts

duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
duration-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
ago = { $time } ago
ago-now = just now
size-bytes = { $n ->
    [one] { $n } byte
   *[other] { $n } bytes
}
size-kilobytes = { $n } KB
size-megabytes = { $n } MB
size-gigabytes = { $n } GB
rate-hashes = { $n } H/s
rate-kilohashes = { $n } kH/s
rate-megahashes = { $n } MH/s
rate-gigahashes = { $n } GH/s

## Writing

compose-message = Your note
compose-answer = Your answer
compose-hint = What should everybody read? Once pinned, a note cannot be taken back.
compose-name = Name
compose-name-hint = optional
compose-topic = Topic
compose-topic-open = Add a topic
compose-remaining = { $n ->
    [one] { $n } byte left
   *[other] { $n } bytes left
}
compose-too-long = { $n ->
    [one] { $n } byte too long: shorten the note, or post it in two parts.
   *[other] { $n } bytes too long: shorten the note, or post it in two parts.
}
compose-stamping = Working out the stamp…
compose-posted = Posted. It waits for a block.
post = Post
post-answer = Answer

## Notes

notes = Notes
notes-count = { $n ->
    [0] no notes
    [one] { $n } note
   *[other] { $n } notes
}
nameless = no name
nameless-key = no name ({ $key })
reply = Reply
take-away = Remove
unfold = Show the whole note
confirmations = { $n ->
    [one] { $n } confirmation
   *[other] { $n } confirmations
}
block-number = block #{ $n }
note-pending = waiting for a block
note-loosened-short = came loose, waiting again
note-loosened = The branch with this note’s block lost to one with more work. The note is not lost: it waits for a new block.
note-dropped-short = not posted
note-dropped = This node let the note go: { $reason }. Copy the text and post it again if it still matters.
note-nobody-mines = Nobody seems to be mining. Wait for somebody who does, or switch it on yourself in
note-answers = answers { $name }
note-elsewhere = an older note
replies-folded = { $n ->
    [one] Show { $n } earlier answer
   *[other] Show { $n } earlier answers
}
new-notes = { $n ->
    [one] { $n } new note
   *[other] { $n } new notes
}
heard = { $n ->
    [one] { $n } new note on the board
   *[other] { $n } new notes on the board
}
topics = Topics
topics-all = All
topic-only = Only notes about { $topic }
board-empty = Nothing is pinned here yet. Write the first note.
board-empty-topic = None of the notes loaded has this topic. Load older ones, or choose “All”.
older-load = Load older notes
older-loading = Loading older notes…
older-none = This is the oldest note of the board.

## Chain strip and blocks

strip = The chain
strip-blocks = The next block and the last ones, newest first
next-block = Next block
next-number = Next: #{ $n }
next-pending = { $n ->
    [0] no notes waiting
    [one] { $n } note waiting
   *[other] { $n } notes waiting
}
next-expected = in about { $time }
next-opening = opening…
next-stopped = node stopped
next-nobody = nobody is mining
next-nothing = nothing to mine
next-share = your share { $percent } %
next-mining = you mine
next-not-mining = you do not mine
all-blocks = All blocks
block = Block
block-index = #{ $n }
genesis = genesis
fork = { $n ->
    [one] { $n } block lost to a heavier branch above #{ $height }
   *[other] { $n } blocks lost to a heavier branch above #{ $height }
}
fork-title = A branch that lost
fork-blocks = Blocks of the branch that lost, newest first
blocks-title = All blocks
blocks-lead = { $n ->
    [one] { $n } block so far, kept whole in this tab.
   *[other] { $n } blocks, kept whole in this tab, down to genesis.
}
column-age = Age
column-notes = Notes
pages = Pages
page-newest = Newest
page-newer = Newer
page-older = Older
to-genesis = Down to genesis

## One block

block-title = Block #{ $n }
block-loading = Fetching the block from the node…
block-confirmed = { $n ->
    [one] On the chain, { $n } confirmation.
   *[other] On the chain, { $n } confirmations.
}
block-lost = This block is not on the chain: another branch has more work. Its notes went back to waiting, unless the other branch has them too.
block-is-genesis = The first block. It follows from the board’s parameters alone, so every tab works it out by itself; nobody mined it.
block-steps = Blocks before and after
block-before = ← The block before
block-after = The block after →
zero-bits = { $n ->
    [one] { $n } zero bit
   *[other] { $n } zero bits
}
zero-bits-value = { $bits }; at least { $needed } were needed
block-size = Size
header-title = The 80 bytes that were hashed
header-lead = Everything about this block follows from these bytes. Under each value stand its bytes as they were hashed: the least significant byte first.
header-range = bytes { $from }–{ $to }
header-missing = The node did not send the 80 bytes of this header, so the page cannot check the hash.
header-recomputed = SHA-256, twice, over these 80 bytes, worked out just now in this page:
header-agrees = It is the block’s hash.
header-differs = It is not the hash that the node gave for this block. Do not trust this block.
toy-title = Try another nonce
toy-less = One less
toy-more = One more
toy-reset = Back to the miner’s
toy-own = This is the nonce that the miner found.
toy-short = { $bits } leading zero bits; at least { $needed } are needed. Every node would refuse this block.
toy-maybe = { $bits } leading zero bits, at least { $needed } are needed: you may have found another valid nonce.
notes-in-block = { $n ->
    [0] No notes
    [one] { $n } note
   *[other] { $n } notes
}
block-empty = Nobody had posted: the miner sealed an empty block, which still adds work to the chain.
block-genesis-empty = Genesis never has notes.

## My node

chain-title = Chain
tip = Newest block
pending-title = Waiting
storage-durable = { $size } on disk
storage-recovered = The old store was damaged and put aside; the chain was fetched again.
storage-memory = in memory only
resynchronise = Resynchronise
resynchronise-asking = Asking…
resynchronise-asked = { $n ->
    [one] Asked { $n } peer for its chain.
   *[other] Asked { $n } peers for their chains.
}
resynchronise-alone = No peer is connected; looking for some.
board-title = This board
board-name = Name
board-link = Link to this board
relay-connecting = connecting…
relay-connected = connected
relay-away = away, tried again within { $time }
wallet-note = The key of this address is kept by this browser and signs your notes. Whoever clears the browser’s data loses it; there is no recovery.
slot = Node { $n } of this browser.

## Mining

mining-off = Off. Notes get pinned only while somebody mines.
mining-on = On: trying nonces for the next block.
mining-nothing = Nothing to mine: no note is waiting. It starts by itself when one comes.
mining-syncing = Waits until the chain is fetched.
threads = Threads
threads-fewer = One thread fewer
threads-more = One thread more
threads-beyond = { $n ->
    [one] This computer says it has { $n } core: more threads will not be faster.
   *[other] This computer says it has { $n } cores: more threads than that will not be faster.
}
mine-only-pending = Only when notes wait
rate-history = Hash rate over the last two minutes
blocks-found = Found here
difficulty-value = { $bits } zero bits (≈ { $tries } tries)
energy-on = { $n ->
    [one] One of { $cores } cores works without pause. A page cannot measure power: as a guess { $low } to { $high } watts more than idle.
   *[other] { $n } of { $cores } cores work without pause. A page cannot measure power: as a guess { $low } to { $high } watts more than idle.
}
energy-off = { $n ->
    [one] Mining would keep one of { $cores } cores busy: as a guess { $low } to { $high } watts more than idle, and warmth.
   *[other] Mining would keep { $n } of { $cores } cores busy: as a guess { $low } to { $high } watts more than idle, and warmth.
}

## Peers

peers-title = { $n ->
    [one] { $n } peer
   *[other] { $n } peers
}
peers-none = No other tab is connected. Blocks and notes stay here until one is.
peers-gone = Recently gone
link-webrtc = direct
link-local = simulated
peer-connecting = connecting
peer-greeting = greeting
peer-connected = connected
peer-height = at #{ $n }
round-trip = { $n } ms

## Alone

alone-title = You are the only one here
alone-lead = Open this address in another tab, or send it to somebody: every tab that opens it becomes a node of this board.
alone-offline = No relay is reachable and no other tab is connected. You can write and mine all the same; your notes will travel as soon as somebody can be reached.
alone-tab = Open another tab
alone-localhost = “localhost” means this computer only. For others to join, open the page by an address that they can reach too.
qr-label = QR code of the link to this board

## Notices

fatal = The node does not run. Reload the page; if that does not help, close other tabs of this board or try another browser.
fatal-retry = The node stopped and is being started again.
lacks = This browser lacks { $feature }. Parts of the page will not work; a current Firefox, Chrome, Edge or Safari has it.
lacks-webrtc = This browser lacks WebRTC (or an extension forbids it), so this tab cannot connect to other tabs. You can read and write here, but alone.
lacks-workers = This browser lacks web workers, in which the node runs. Use a current Firefox, Chrome, Edge or Safari.
lacks-opfs = This browser lacks private file storage (OPFS): the chain is kept in memory and lost when this tab closes.
lacks-simd = This browser lacks WebAssembly SIMD: mining works, but several times slower.
sync-title = Fetching the chain
sync-count = { $have } of { $want } blocks
sync-measuring = measuring the speed…
sync-speed = { $rate } blocks/s, about { $time } left
clock-off = { $way ->
    [behind] This computer’s clock is about { $time } behind the others’. Set it right: until then, good blocks look too new and wait.
   *[ahead] This computer’s clock is about { $time } ahead of the others’. Set it right: until then, other tabs may refuse the blocks you mine.
}
memory-banner = The chain is kept in memory only and is lost when this tab closes.
relay-away-alone = The relay is away and no tab is connected. It is tried again by itself.
relay-away-connected = { $n ->
    [one] The relay is away. You stay connected with { $n } peer; notes and blocks still flow.
   *[other] The relay is away. You stay connected with { $n } peers; notes and blocks still flow.
}
notice-node-restarted = The node stopped and was started again. Nothing that it had stored is lost.
notice-miner-restarted = A miner stopped and was started again.
notice-no-miners = Miners do not start in this browser, so this tab can neither mine nor stamp notes. Reading and passing on still work.
notice-store-recovered = The store on disk was damaged. It was put aside, and the chain is fetched from peers again.
notice-reorganised = { $n ->
    [one] { $n } block gave way to a heavier branch.
   *[other] { $n } blocks gave way to a heavier branch.
}
notice-loosened = { $n ->
    [one] { $n } note came loose and waits for a new block.
   *[other] { $n } notes came loose and wait for a new block.
}

## Wall

wall-join = Join
wall-nodes = { $n ->
    [one] { $n } node that this one sees
   *[other] { $n } nodes that this one sees
}
wall-rate = { $rate } together
wall-leave = Back to the board

## Refusals, by code; the node’s own sentence with the values follows in brackets.

refused = Refused: { $reason }.
refusal-text_empty = Nothing is written yet. Write something and post again.
refusal-text_too_long = That is too long, so nothing was posted. Shorten it, or post it in two parts.
refusal-text_control_character = There is an invisible control character in it, so nothing was posted. Delete it, or type the text anew instead of pasting it.
refusal-text_direction_change = There is an invisible character in it that changes the direction of reading; it could make a text look like another, so nothing was posted. Delete it and post again.
refusal-text_untrimmed = It begins or ends with a space, so nothing was posted. Remove the space and post again.
refusal-busy = Several of your posts wait for their stamps already. Post again in a moment.
refusal-pool_full = More notes are waiting than a node keeps, and this one’s stamp is no better than theirs. Post again after the next block.
refusal-pool_too_many = Too many of your notes are waiting for a block already. Post again after the next block.
refusal-too_many_threads = A node takes no more threads than that.
refusal-store_failed = The node could not write to its store, so nothing was done. The disk may be full.
refusal-no_such_block = There is no such block here. It may be on a branch that this node never saw, or further than the chain reaches.
refusal-node_stopped = The node does not run, so nothing was done. Reload the page.
refusal-node_restarted = The node stopped before it answered and is being started again. Try once more in a moment.
refusal-too_many_calls = Too much was asked at once. Try again in a moment.

## Words of the field: the word, and two sentences.

term-address = Address
meaning-address = An address is a short form of a public key; whoever holds the matching private key can sign notes with it. Names can be claimed by anybody, addresses cannot.
term-bits = Bits
meaning-bits = The target in Bitcoin’s compact form: one byte of length, three of digits. The hash, read as a number, must not be greater than the target.
term-block = Block
meaning-block = A block is a page of notes, sealed by work and tied to the block before it by that block’s hash. Changing one letter in it would change its hash and break the tie.
term-branch = Branch
meaning-branch = Two miners may find a block at nearly the same time, and then there are two branches. Every node goes on with the one that has most work in it.
term-confirmation = Confirmations
meaning-confirmation = The number of blocks that stand on a note, its own included. Each one makes it more costly to take the note off again, but never impossible.
term-difficulty = Difficulty
meaning-difficulty = How many zero bits a block’s hash must start with. It is set anew at every block, so that blocks keep coming at the same pace whoever mines.
term-genesis = Genesis
meaning-genesis = The first block of the chain, number 0, the same for every node of a board. Its hash is the board’s identity.
term-hash = Hash
meaning-hash = A fingerprint of 32 bytes, worked out with SHA-256 twice. The least change to what is hashed gives a wholly different one, and nobody can work backwards from it.
term-hash-rate = Hash rate
meaning-hash-rate = How many nonces are tried each second. One graphics card can do more than a classroom of browsers, so a board is only as safe as the honest work on it.
term-header = Header
meaning-header = The 80 bytes that sum up a block, laid out exactly as in Bitcoin. A miner hashes them again and again with another nonce until the hash is small enough.
term-height = Height
meaning-height = A block’s number, counted from genesis, which is 0. The chain’s height is the number of its newest block.
term-merkle-root = Merkle root
meaning-merkle-root = One hash that stands for all notes of the block: they are hashed in pairs, then the pairs’ hashes, up to a single one. It lets anybody prove that a note is in the block by a few hashes alone.
term-miner = Miner
meaning-miner = The address that found the nonce of this block. Any tab can mine.
term-mining = Mining
meaning-mining = Mining means trying numbers until a block’s hash starts with enough zero bits. It is what pins notes: to change the past, one would have to do the work again, faster than everybody else.
term-network = Board
meaning-network = A board is a chain with its own parameters, named by the hash of its genesis. Whoever has the link can join it.
term-node = Node
meaning-node = A node keeps the whole chain, checks every block itself and passes it on. This tab is one; no server decides what is on the board.
term-nonce = Nonce
meaning-nonce = The number that the miner looked for: with it the header’s hash is small enough. Finding it takes many tries, checking it takes one.
term-peer = Peer
meaning-peer = Another node that this one exchanges notes and blocks with, tab to tab. Nothing that a peer says is believed unchecked.
term-pending = Waiting
meaning-pending = A note waits in the mempool of every node until a miner puts it into a block. Until then it is not part of the chain and may still be dropped.
term-previous-hash = Previous hash
meaning-previous-hash = The hash of the block before. It ties the blocks into a chain: to change an old one, all later ones would have to be mined again.
term-relay = Relay
meaning-relay = A server that introduces tabs to each other and then steps aside. It sees who is in the room, but neither notes nor blocks pass through it, and connected tabs go on without it.
term-reorganisation = Reorganisation
meaning-reorganisation = A branch with more work has turned up, so the node has left its own for it. Notes that were only on the old branch come loose and wait for a new block.
term-round-trip = Round trip
meaning-round-trip = The time that a word to this peer and back takes, in thousandths of a second. It tells how far away it is, not how honest.
term-share = Your share
meaning-share = This tab’s part of all the work on the next block, estimated from the last blocks. It is also your chance to be the one who finds it.
term-stamp = Stamp
meaning-stamp = A little work that every note must carry, like a postage stamp paid in computing. It costs one author little and a flood of notes much.
term-storage = Storage
meaning-storage = Where this tab keeps the chain: in the browser’s private files on disk, which survive a reload, or only in memory, which is lost with the tab. A browser may delete private files when the disk gets full.
term-time = Time
meaning-time = When the miner says the block was made, in seconds since 1970. It must be later than the block before, and not far ahead of the clocks of those who check it.
term-version = Version
meaning-version = Which rules the block follows. Miners may also turn some of its bits to have more numbers to try.
term-zero-bits = Leading zero bits
meaning-zero-bits = How many bits at the front of the hash are zero. Each one more doubles the tries that such a hash takes on average.

## The story of a value

story-zero-bits = { $bits } zero bits: about { $tries } tries are needed for such a hash.
story-many-zero-bits = { $bits } zero bits: nobody can have tried often enough for such a hash by chance.
story-difficulty = Just now a block takes about { $tries } tries on average.
story-bits = These ask for a hash with at least { $bits } leading zero bits.
story-confirmations = { $n ->
    [one] This one has { $n }: its own block. Another branch may still overtake it.
   *[other] This one has { $n }: its own block and those mined on top of it since.
}
story-stamp = This note’s stamp has { $bits } zero bits: about { $tries } tries.
