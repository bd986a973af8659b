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
place-map = The network
place-map-short = Network
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
node-stopped = The node isn’t running; see the reason at the top.

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
compose-stamping-more = Many notes are waiting: the stamp takes about { $times } times the usual work…
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
note-unverified = not checked yet
note-loosened-short = came loose, waiting again
note-loosened = The branch with this note’s block lost to one with more work. The note is not lost: it waits for a new block.
note-dropped-short = not posted
note-dropped = This tab dropped the note. Copy the text and post it again if it still matters.
seal-now = Seal it now
seal-now-what = Mines here until it is in a block, then stops.
seal-stop = Stop
sealing = Mining: about { $tries } tries on average, { $percent } % likely by now.
nobody-mines = No one is mining, so nothing gets sealed. Whoever can mine finds the switch in
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
board-fetching = Older notes come as the chain is fetched and checked.
older-load = Load older notes
older-loading = Loading older notes…
older-none = This is the oldest note of the board.

## Chain strip and blocks

strip = The chain
strip-blocks = The next block and the last ones, newest first
next-block = Next block
next-number = Next: #{ $n }
next-pending = { $n ->
    [0] nothing waiting
    [one] { $n } waiting
   *[other] { $n } waiting
}
next-expected = in about { $time }
next-opening = opening…
next-stopped = node stopped
next-nobody = nobody is mining
next-unmeasured = measuring the rate
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
forks-title = Branches
forks-lead = { $n ->
    [one] { $n } branch off the best chain within the last { $heights } heights. The newest block is at the left.
   *[other] { $n } branches off the best chain within the last { $heights } heights. The newest block is at the left.
}
forks-none = { $n ->
    [one] No branch: genesis is the only block.
   *[other] No branch among the last { $n } heights: each block known there follows from the one before.
}
forks-more = And { $n } more, not drawn.
forks-drawing = Tree of the last blocks, the newest at the left
forks-best = Block #{ $n }, on the chain
forks-stale = Block #{ $n }, lost: its branch has less work
forks-header = Block #{ $n }, only its header is known
forks-legend-best = on the chain
forks-legend-stale = lost: less work
forks-legend-header = only the header is known
forks-branch = { $n ->
    [one] { $n } block after #{ $height }:
   *[other] { $n } blocks after #{ $height }:
}
forks-branch-older = { $n ->
    [one] { $n } block, #{ $height }, of an older branch:
   *[other] { $n } blocks from #{ $height } on, of an older branch:
}
forks-less-work = lost: the chain has more work than this branch.
forks-less-work-unread = lost: less work than the chain, so only headers were fetched.
forks-fetching = is being fetched.
forks-open = See block #{ $n }
column-age = Age
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
storage-failed = — and nothing more can be stored now.
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
slot = Node { $n } of this browser.

## Mining

mining-off = Off. Notes get pinned only while somebody mines.
mining-on = On: trying nonces for the next block.
mining-nothing = Nothing to mine: no note is waiting. It starts by itself when one comes.
mining-syncing = Waits until the chain is fetched.
mining-store-failed = Not mining: nothing can be stored now.
threads = Threads
threads-fewer = One thread fewer
threads-more = One thread more
threads-beyond = { $n ->
    [one] This computer says it has { $n } core: more threads will not be faster.
   *[other] This computer says it has { $n } cores: more threads than that will not be faster.
}
duty = Effort
duty-value = { $percent } %
duty-cost = { $percent ->
    [100] Each thread tries nonces all the time. Less is cooler and quieter, and finds blocks more seldom in proportion.
   *[other] Each thread tries nonces { $percent } % of the time and rests in between: the same share of the power, and of the blocks.
}
kernel = Method
mining-low-battery = Rests: the battery is nearly empty. It goes on when the charger is in.
mining-hidden = Rests: this device runs on its battery and nobody looks at the tab.
mine-only-pending = Only when notes wait
mine-on-gpu = Mine on the graphics processor too
gpu-cost = The graphics processor tries nonces beside the threads, for the same share of the time. It draws power of its own: a few watts in a phone, hundreds in some desktops.
rate-history = Hash rate over the last two minutes
blocks-found = Blocks this tab found
difficulty-value = { $bits } zero bits (≈ { $tries } tries)
energy-on = { $n ->
    [one] One of { $cores } cores works. A page cannot measure power: as a guess { $low } to { $high } watts more than idle.
   *[other] { $n } of { $cores } cores work. A page cannot measure power: as a guess { $low } to { $high } watts more than idle.
}
energy-off = { $n ->
    [one] Mining would keep one of { $cores } cores busy: as a guess { $low } to { $high } watts more than idle, and some heat.
   *[other] Mining would keep { $n } of { $cores } cores busy: as a guess { $low } to { $high } watts more than idle, and some heat.
}

## Peers

peers-title = { $n ->
    [one] { $n } peer
   *[other] { $n } peers
}
peers-none = No other tab is connected. Blocks and notes stay here until one is.
peers-map = See the network drawn
peers-gone = Recently gone
link-broadcast = same browser
link-broadcast-about = two tabs of one browser, without any network between them.
link-webrtc = direct
link-webrtc-about = from browser to browser, encrypted.
link-turn = by a TURN server
link-turn-about = a server passes on what a firewall would stop; it cannot read it.
link-websocket = public node
link-websocket-about = a node on a server, with an address of its own.
link-tunnel = by the relay
link-tunnel-about = sealed, so that the relay cannot read it; only where nothing else works.
link-local = simulated
link-local-about = within one program, for tests.
peer-connecting = connecting
peer-greeting = greeting
peer-connected = connected
peer-height = at #{ $n }
round-trip = { $n } ms

## Alone

seeking = Looking for others on this board…
alone-title = You are the only one here
unreached-title = Others are here, but they cannot be reached
unreached-lead = Your network and theirs won’t connect. Still trying; a link made by hand, another network, or a TURN server of the board’s host may help.
alone-lead = Open this address in another tab, or send it to somebody: every tab that opens it becomes a node of this board.
alone-offline = No relay is reachable and no other tab is connected. You can write and mine all the same; your notes will travel as soon as somebody can be reached.
alone-tab = Open another tab
alone-localhost = “localhost” means this computer only. For others to join, open the page by an address that they can reach too.
qr-label = QR code of the link to this board

## The network drawn

map-lead = What this node can see: itself in the middle, its peers around it, and around these the nodes that they say they are linked to.
map-few = { $n ->
    [one] It knows of no other node yet.
   *[other] It knows of { $n } nodes, itself included. So few may all be linked to each other; from four on, nobody is linked to everyone.
}
map-many = It knows of { $n } nodes, itself included, and is linked to { $peers } of them. It looks for { $aim } peers and takes at most { $most }: nobody is linked to everyone, so no single node sees all the others or can cut them off.
map-drawing = Drawing of this node, its peers and their peers; the list below says the same in words
map-point = Point at a node, or go to it with the Tab key, to read about it here.
map-gone = That node is not there any more.
map-own = { $n ->
    [one] This node, { $key }: at #{ $height }, linked to { $n } peer.
   *[other] This node, { $key }: at #{ $height }, linked to { $n } peers.
}
map-peer = Peer { $key }
map-other = Node { $key }, a peer’s peer
map-other-by = Not linked to this node. As told by { $peers }.
map-link = Link
map-state = State
map-sent = Sent
map-received = Received
map-bytes = { $sent } sent, { $received } received
map-clock = Its clock
map-clock-same = same as here
map-clock-off = { $way ->
    [behind] { $time } behind
   *[ahead] { $time } ahead
}
map-linked = Linked to
map-linked-none = nobody else
map-legend = How links are drawn
map-legend-told = a link between two others, as one of them tells.
map-legend-pulse = a block passes (thick), or a note or payment (thin).
map-passed = { $what ->
    [block] Last, a block
   *[post] Last, a note or payment
} came from { $key } and { $n ->
    [0] needed to go no further.
    [one] went on to { $n } peer.
   *[other] went on to { $n } peers.
}
map-passed-own = { $what ->
    [block] Last, a block
   *[post] Last, a note or payment
} was made here and { $n ->
    [0] went to nobody: no peer is there.
    [one] went to { $n } peer.
   *[other] went to { $n } peers.
}
map-passed-count = ({ $n } since the page opened)
map-passed-none = Nothing has passed since the page opened. When a block or a note does, it runs along the links.
map-list = Peers

## Connecting by hand

addresses = Who learns your network address
addresses-lead = To link to each other, tabs exchange the network addresses of their computers. So anybody on this board can learn yours, which tells roughly where you are and who your provider is. The relay’s host sees it in any case.
relay-only = Links by relay alone
relay-only-off = Off: links are direct where they can be, which is fastest and needs no server in between.
relay-only-on = On, for all your boards: others see the relay’s address instead of yours. Links are slower, and where the relay carries none, this tab reaches only other tabs of this browser.
alone-relay-only = You have chosen links by relay alone, and this relay may carry none.
alone-relay-only-change = Change that
by-hand = Connect by hand
by-hand-lead = Two tabs can be linked without anybody to introduce them: two people carry one text there and one back, by mail, chat or a USB stick.
by-hand-why = Otherwise the relay does that.
by-hand-first = 1. One of you makes an invitation
by-hand-first-about = Send it to the other person. It is good for one person, and while this tab stays open.
by-hand-invite = Make an invitation
by-hand-inviting = Making it: this takes a few seconds…
by-hand-invitation = Your invitation: send this
by-hand-second = 2. The other one pastes it and sends back the answer
by-hand-second-about = Paste what you got, and the answer appears below.
by-hand-field = What the other person sent you
by-hand-take = Continue
by-hand-taking = Reading it: this takes a few seconds…
by-hand-answer = Your answer: send this back
by-hand-third = 3. The first one pastes the answer
by-hand-third-about = In the same field. Then the two tabs find each other; both must be open.
by-hand-empty = Paste what the other person sent you first.
by-hand-answering = Send the answer back. As soon as it is pasted there, you are linked.
by-hand-opening = The answer fits. The link is being opened…
by-hand-linked = Linked: a new peer is there.

## Notices

fatal = The node does not run. Reload the page; if that does not help, close other tabs of this board or try another browser.
fatal-retry = The node stopped and is being started again.
lacks = This browser lacks { $feature }. Parts of the page will not work; a current Firefox, Chrome, Edge or Safari has it.
lacks-webrtc = This browser lacks WebRTC (or an extension forbids it), so this tab connects only to tabs of this browser and, slowly, through the relay.
lacks-workers = This browser lacks web workers, in which the node runs. Use a current Firefox, Chrome, Edge or Safari.
lacks-opfs = This browser lacks private file storage (OPFS): the chain is kept in memory and lost when this tab closes.
lacks-simd = This browser lacks WebAssembly SIMD: mining works, but several times slower.
sync-title = Fetching the chain
sync-short = Fetching blocks
sync-of = { $have } of { $want }
sync-count = { $have } of { $want } blocks
sync-measuring = measuring the speed…
sync-speed = { $rate } a second
sync-left = about { $time } left
clock-off = { $way ->
    [behind] This computer’s clock is about { $time } behind what { $n } peers say.
   *[ahead] This computer’s clock is about { $time } ahead of what { $n } peers say.
}
clock-corrected = Meanwhile the board goes by their time.
clock-uncorrected = Until it is right, good blocks may have to wait, and others may refuse yours.
clock-mend = To fix it, switch on “set the time automatically” in this computer’s date and time settings.
memory-banner = The chain is kept in memory only and is lost when this tab closes.
store-failed-banner = The disk is full, or this browser gives the board no more room. What was stored is safe and can be read; nothing new is stored, posted or mined until there is room. It then goes on by itself.
relay-away-alone = The relay is away and no tab is connected. It is tried again by itself.
relay-away-connected = { $n ->
    [one] The relay is away. You stay connected with { $n } peer; notes and blocks still flow.
   *[other] The relay is away. You stay connected with { $n } peers; notes and blocks still flow.
}
notice-node-restarted = The node stopped and was started again, from what it had stored.
notice-miner-restarted = A miner stopped and was started again.
notice-no-miners = Miners do not start in this browser, so this tab can neither mine nor stamp notes. Reading and passing on still work.
notice-no-gpu = The graphics processor does not mine here. The threads go on.
notice-store-recovered = The store on disk was damaged. It was put aside, and the chain is fetched from peers again.
budget-title = This board has grown to { $size } of disk and needs more
budget-about = Nothing new is stored until you decide. What is here stays.
budget-raise = Let it take { $size }
budget-leave = Leave this board…
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
refusal-no_invitation = This is neither an invitation nor an answer to one. Copy the whole text, from its first letter to its last.
refusal-other_network = This invitation is to another board. Open that board first, or ask for an invitation to this one.
refusal-own_invitation = This is your own invitation. Send it to the other person, and paste here what they send back.
refusal-other_node = This answer is for another tab: paste it where the invitation was made.
refusal-no_open_invitation = This answer is to an invitation that this tab did not make, or that is no longer open. Make a new invitation and begin again.
refusal-no_room = This tab has as many links as it takes. Try again when one of them has gone.
refusal-no_relay = You have chosen links by relay alone, and this relay offers no server by which such a link could be made.
refusal-not_linked = This browser could not prepare a connection. Check that WebRTC is not blocked by an extension, and try again.
refusal-already_linked = You are linked to that node already; there is nothing left to do.
refusal-busy = Several of your posts wait for their stamps already. Post again in a moment.
refusal-pool_full = More notes are waiting than a node keeps, and this one’s stamp is no better than theirs. Post again after the next block.
refusal-pool_too_large = Your waiting notes would fill more than a block. Post again after the next one.
refusal-pool_too_many = Too many of your notes are waiting for a block already. Post again after the next block.
refusal-too_many_threads = A node takes no more threads than that.
refusal-disk_budget = The board has reached the disk that you allow it. Decide above whether it may take more.
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
term-unchecked = Not checked yet
meaning-unchecked = The newest blocks come first, so that there is something to read at once. This note’s signature and stamp are right; whether it stands on the chain shows when all blocks before it are here.
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

## Transactions of other kinds than notes: who comes before, to whom comes after

entry-post = posts a note
entry-join = joins as
entry-leave = leaves
entry-transfer = { $n ->
    [one] pays { $n } coin to
   *[other] pays { $n } coins to
}
entry-tip = { $n ->
    [one] gives a tip of { $n } coin to
   *[other] gives a tip of { $n } coins to
}
entry-secret = { $n ->
    [one] sends a secret of { $n } byte to
   *[other] sends a secret of { $n } bytes to
}
transactions-count = { $n ->
    [0] nothing
    [one] { $n } transaction
   *[other] { $n } transactions
}
notes-and-others = { $notes ->
    [one] { $notes } note
   *[other] { $notes } notes
}, { $others ->
    [one] { $others } other
   *[other] { $others } others
}
transfers-count = { $n ->
    [one] { $n } payment
   *[other] { $n } payments
}
secrets-count = { $n ->
    [one] { $n } secret
   *[other] { $n } secrets
}
joins-count = { $n ->
    [one] { $n } joined
   *[other] { $n } joined
}
leaves-count = { $n ->
    [one] { $n } left
   *[other] { $n } left
}
column-contents = Contents
others-in-block = { $n ->
    [one] { $n } transaction of another kind
   *[other] { $n } transactions of other kinds
}
affair-sent = Sent. It waits for a block.
affair-dropped = This node let it go, so nothing has happened. Do it again if it still matters.
news-confirmed = in block #{ $n }
news-joined = You are now a participant as { $name }:
news-left = You have left:
news-secret-to = Your secret to
news-secret-from = has written you a secret:
news-tip-to = { $n ->
    [one] Your tip of { $n } coin to
   *[other] Your tip of { $n } coins to
}
news-tip-from = { $n ->
    [one] tipped you { $n } coin:
   *[other] tipped you { $n } coins:
}
news-paid-to = { $n ->
    [one] Your payment of { $n } coin to
   *[other] Your payment of { $n } coins to
}
news-paid-from = { $n ->
    [one] paid you { $n } coin:
   *[other] paid you { $n } coins:
}
news-loosened = Its block lost to a branch with more work. It is not lost: it waits for a new block.
place-people = People
place-letters = Secrets
place-transfers = Payments
place-proof = Check a proof

## What one can do with a note

joined = participant
name-alike = looks like another
more = More about this note
tip-give = Tip
tip-this = Tip this note
tip-amount = Coins
tip-send = Give
tip-sent = Sent. The tip counts once it is in a block.
tips = { $n ->
    [one] { $n } coin in tips
   *[other] { $n } coins in tips
}
tips-received = { $n ->
    [one] you got { $n } coin
   *[other] you got { $n } coins
}
available = { $n ->
    [0] You have no coins yet: a block that you mine brings some.
    [one] You can spend { $n } coin.
   *[other] You can spend { $n } coins.
}
amount-wrong = Write a whole number of coins, 1 or more.
locked-post = The wallet is locked. Unlock it to post this.
locked-tip = The wallet is locked. Unlock it to give a tip.
copy-address = Copy the address
proof-save = Save a proof of publication
proof-save-about = A small file that shows anybody, without this board, that the note stood here.
proof-saved = Saved as { $file }.
proof-check-one = Check one

## People

people-title = People
people-lead = Whoever joins publishes a key under a name. Others can then write them secrets, and their notes carry a mark. A name is only a claim: compare the picture and the letters of the key.
people-count = { $n ->
    [0] No participants yet
    [one] { $n } participant
   *[other] { $n } participants
}
people-find = Find by name or address
people-none = Nobody has joined yet. Notes can be written all the same.
people-not-found = Nobody here has that in their name or address.
people-more = Show more
copy-address-of = Copy the address of { $name }
since-block = since block #{ $n }
secret-write = Write a secret
secret-write-to = Write a secret to { $name }
pay-link = Pay
pay-to-name = Pay { $name }
own-joined = You are a participant since
own-left = You left in
own-never = You have not joined. You can write notes without it.
own-left-about = Until you join again, every node refuses what you write: notes, payments and secrets.
own-rename = Take another name
own-leave = Leave…
own-joining = Joining as { $name }: it waits for a block.
own-leaving = Leaving: it waits for a block.
locked-join = The wallet is locked. Unlock it to join, leave or take another name.
people-join = Join
join-rename = Take this name
join-name = Your name as a participant
people-join-hint = Everybody will see it. Others may take the same name, but not your key.
people-leave = Leave
leave-not = Stay
leave-about = Leaving is written into a block, for all to see. From then on every node refuses what you write: notes, payments and secrets, until you join again. Nothing is deleted: your notes stay on the board; your coins and your secrets stay yours.

## Secrets

secrets-title = Secrets
secrets-lead = Only you and the other person can read them. Everybody can see who writes to whom, when, and how much; and nothing can be taken off the chain again.
secrets-people = Conversations
secrets-people-all = Write to somebody else
secrets-none = No secrets yet. Choose somebody under “People” to write to.
secrets-none-with = Nothing has been written yet.
secrets-loading = Opening your secrets…
secrets-older = Load older ones
secrets-choose = Choose a conversation.
secrets-back = ← All conversations
secret-text = Your secret
secret-send = Send
secret-sent = Sent. It waits for a block.
secret-seen = Outsiders see: from whom, to whom, when, how many bytes.
secret-outside = This is all that everybody else sees of it: who, to whom, when, and this many bytes.
secret-size = { $n ->
    [one] { $n } byte encrypted
   *[other] { $n } bytes encrypted
}
secret-too-long = { $n ->
    [one] { $n } byte too long: shorten it, or send it in two parts.
   *[other] { $n } bytes too long: shorten it, or send it in two parts.
}
secret-locked = Locked with the wallet.
secret-unopened = It cannot be opened here.
secret-read = Read it
secret-asking = Looking for the reader’s key…
secret-reader-unknown = This address has never joined, so nobody knows a key to encrypt for. Ask its owner to join.
secret-reader-left = This person has left and takes no more secrets. What you wrote to each other stays readable.
locked-secret = The wallet is locked: unlock it above to write.
locked-secrets = The wallet is locked. Unlock it to read and write secrets.

## Payments

transfers-title = Payments
transfers-lead = { $n ->
    [0] Payments and tips, to you and from you.
    [one] Payments and tips, to you and from you. A block that you mine brings { $n } coin more, which is not listed here.
   *[other] Payments and tips, to you and from you. A block that you mine brings { $n } coins more, which are not listed here.
}
transfers-pay = Pay somebody
transfers-none = Nothing has been paid yet.
transfers-older = Load older payments
balance-outgoing = { $n ->
    [one] { $n } coin on its way out
   *[other] { $n } coins on their way out
}
balance-incoming = { $n ->
    [one] { $n } coin on its way to you
   *[other] { $n } coins on their way to you
}
tip-from = tip from
tip-to = tip to
transfer-from = from
transfer-to = to
transfer-around = to yourself

## Proof of publication

proof-title = Check a proof of publication
proof-lead = Choose a proof file. It is checked in this tab, and nobody is asked: this works offline, and for proofs of other boards too.
proof-choose = Choose a .tablon-proof file, or drop it here
proof-where = You get such a file from the menu of any note in a block.
proof-reading = Checking { $file }…
proof-wrong = { $file } proves nothing
proof-file-too-long = It is larger than a proof can be, so it is something else.
proof-file-unreadable = The browser could not read the file. Was it moved or deleted?
proof-holds = { $file } is a valid proof
proof-says-note = Whoever holds the key { $key } published this note. It went into block #{ $n } on { $time }, by the clock of that block’s miner.
proof-says-other = Whoever holds the key { $key } made this transaction. It went into block #{ $n } on { $time }, by the clock of that block’s miner.
proof-on-chain = The proof ends in block #{ $n }, which this node has checked and has on its own chain. You need to believe nobody else.
proof-off-chain = The proof ends in block #{ $n }, which is not on this node’s chain: not fetched yet, or on a branch that lost. Until it is there, only the work below speaks for it.
proof-elsewhere = It is of another board, which this node does not follow. Ask somebody on that board whether block #{ $n } has the hash below; that settles it.
proof-author = Author
proof-this-board = (this board)
proof-other-board = (another board)
proof-in-block = In
proof-when = When
proof-buried = Buried under
proof-buried-under = { $n ->
    [0] no further block in the file
    [one] { $n } further block in the file
   *[other] { $n } further blocks in the file
}
proof-work = Work on it
proof-tries = ≈ { $tries } tries: about { $time } for one thread of a browser
proof-for-experts = Hashes, and what was checked
proof-transaction-id = Transaction
proof-block-hash = Its block
proof-named-block = Block #{ $n }, where the proof ends
proof-genesis = Genesis of its board
proof-checked = Checked: the signature and the stamp; both Merkle paths, of the transaction and of the coinbase that states the height; that each header names the one before it, keeps to the board’s easiest target and has its work; the file’s checksum.
proof-named-copy = Hash of block #{ $n }, to compare
proof-limits = What it cannot show: who the person behind the key is, and whether what they wrote is true.

## Refusals of transactions and proofs

refusal-wallet_locked = The wallet is locked, so nothing was signed. Unlock it and try again.
refusal-has_left = You have left, so nodes refuse what you write. Join again under “People” first.
refusal-not_a_participant = You are not a participant, so there is nothing to leave.
refusal-overspent = You do not have that many coins left, so nothing was sent. Choose less, or wait for coins to come.
refusal-nothing_transferred = Nothing would move: choose at least 1 coin.
refusal-no_such_participant = This address has never joined, so no key is known to encrypt for. Ask its owner to join.
refusal-secret_bad_key = The reader’s key is not one that a message can be encrypted for. Nothing was sent.
refusal-no_such_transaction = It is in no block of this chain yet, so there is no proof of it. Wait for its block.
refusal-text_not_composed = It has letters in an unusual form, so nothing was sent. Type it anew instead of pasting it.
refusal-text_invisible = There is an invisible character in the name, which could make it look like another. Delete it, or type the name anew.
refusal-text_unassigned = There is a character in the name that Unicode does not have. Delete it.
refusal-text_special_space = There is an unusual space in the name, which could make it look like another. Use a plain space.
refusal-text_doubled_space = There are two spaces in a row in the name. Leave one.
refusal-text_loose_mark = There is an accent without a letter in the name. Delete it, or type the name anew.
refusal-text_repeated_mark = The same accent stands twice on one letter of the name. Leave one.
refusal-text_too_many_marks = A letter of the name has more accents than any language writes. Delete some.
refusal-text_mixed_scripts = The name mixes letters of several scripts that look alike, such as Latin and Cyrillic. Such names are used to pose as others, so they are refused. Write it in one script.
refusal-proof_not_a_file = It is not a proof of publication: it does not begin like one.
refusal-proof_damaged = The file was damaged or changed after it was made: its checksum does not match.
refusal-proof_malformed = The file begins like a proof, but what follows does not read as one.
refusal-proof_network = The board that it names has impossible parameters.
refusal-proof_transaction = What it claims was published breaks a rule of its board: signature, stamp or text are not right.
refusal-proof_headers = It has no block headers, or more than a proof has.
refusal-proof_not_in_block = The transaction is not in the block that the file names: no path leads to its Merkle root.
refusal-proof_broken = Its blocks do not follow one another.
refusal-proof_before_birth = One of its blocks is older than its board.
refusal-proof_bits = One of its blocks is easier than its board allows.
refusal-proof_no_work = One of its blocks lacks the work that it claims.

## More words of the field

term-lookalike = Look-alike
meaning-lookalike = A participant with another key has a name that looks the same. Compare the picture and the letters of the key before you take one for the other.
term-participant = Participant
meaning-participant = Somebody who has published a key under this very name, so that secrets can be written to them. The chain vouches for the key, not for who the person is.
term-proof = Proof of publication
meaning-proof = A file with the note, the hashes that tie it to its block, and the headers of the blocks on top. Anybody can check it years later, without this board and without believing anybody.
term-secret = Secret
meaning-secret = A message encrypted so that only its author and its reader can open it. Who wrote to whom, when, and how many bytes is public; and whoever gets hold of either key some day can read it then.
term-state-root = State root
meaning-state-root = One hash that stands for every account after this block: coins, names and keys. Nodes that agree on it agree on every coin.
term-tip = Tip
meaning-tip = Coins that somebody gave the author for this note. Only tips that are in a block are counted.

## Wallet

wallet = Wallet
wallet-lead = On this board you are a key that this browser keeps. It signs your notes and your payments, and nobody else has a copy.
wallet-not-durable = This browser lets the page keep nothing on disk, so this identity ends with the tab. Write the 12 words down or keep a file if you want it back.
wallet-signing = Key
wallet-locked = locked
wallet-open = unlocked
wallet-address = Your address
wallet-address-copy = Address
wallet-joined = Known here as { $name }.
wallet-not-joined = Not known by a name yet. You need none to write or to pay.
wallet-join = Join under a name
wallet-part = Another name, or leave
wallet-qr = QR code of your address
wallet-qr-caption = Scan to pay this address.
coins = { $n ->
    [one] { $n } coin
   *[other] { $n } coins
}
coins-title = Coins
coins-incoming = On the way in
coins-outgoing = On the way out
coins-none = { $n ->
    [one] Each block that you mine brings { $n } coin, and others can pay you.
   *[other] Each block that you mine brings { $n } coins, and others can pay you.
}

## Paying

pay-title = Pay somebody
pay-to = To
pay-to-hint = Type or paste an address, or choose a participant.
pay-amount = Coins
pay-left = { $n ->
    [one] You can spend { $n } coin.
   *[other] You can spend { $n } coins.
}
pay-send = Pay
pay-sent = { $n ->
    [one] { $n } coin waits for a block, on its way to
   *[other] { $n } coins wait for a block, on their way to
}
pay-sent-link = See your payments
pay-not-address = Check the address: one or more characters are wrong. It begins with tablon1 and has 45 characters.
pay-not-amount = Write a whole number of coins, 1 or more.
pay-locked = Unlock the wallet to pay.

## Password and lock

unlock-title = Locked
unlock-lead = The wallet is locked: this tab reads and mines, and signs nothing until you give the password.
unlock = Unlock
unlocking = Unlocking. It takes a second on purpose, to make guessing slow.
unlock-forgotten = Password forgotten? Nobody can recover it, but your 12 words bring the identity back: see “Another identity” below.
password = Password
password-see = Show
password-first = Set a password
password-change = Change the password
password-is-set = set
password-is-not = not yet
password-lead = The password encrypts the key on this computer’s disk, and the page asks for it at each start. Nobody can recover it.
password-old = Current password
password-new = New password
password-again = Repeat the new password
password-hint = At least { $n } characters. Three or four words that do not belong together are better than one odd word.
password-short = Too short: at least { $n } characters are needed.
password-long = Too long: at most { $n } characters are taken.
password-differs = The two are not the same. Type them again.
password-set = Set the password
password-setting = Encrypting the key…
lock-after = Lock when unused
lock-never = never
lock-minutes = after { $n } min
lock-now-lead = Lock now
lock-now = Lock now

## Keeping the identity

safety-title = Keep it safe
safety-neither = Two short steps. Until then, clearing this browser’s data loses the identity, and whoever uses this computer can sign as you.
safety-password-only = Others on this computer need your password. But clearing this browser’s data still loses the identity: write the words down.
safety-words-only = Your words bring the identity back. But whoever uses this computer can sign as you: set a password.
safety-both = Done: others on this computer need your password, and your words bring the identity back.
safety-hint = Your notes are signed with a key that only this browser has.
safety-link = Keep it safe
words-title = Write down the 12 words
words-are-written = written down
words-are-not = not yet
words-what = The 12 words
words-lead = are your key on paper. Whatever happens to this computer, they bring the identity back, without any password.
words-warning = Whoever reads them can act as you. Show them only when nobody is looking and the screen is not shared.
words-show = Show the 12 words
words-fetching = Fetching the words…
words-read = Write them on paper, with their numbers.
words-check = Check what I wrote
words-check-lead = To be sure: what did you write down?
words-nth = Word { $n }
words-not = That is not word { $n }. Look at your paper, or at the words again.
words-written = I have written them down
words-noting = One moment…
words-back = Look at the words again
export-title = Keep a file, or move to a phone
export-lead = A file with your key, encrypted with a password. Whoever has both can act as you in any browser.
export-password = Password for the file
export-password-hint = At least { $n } characters. It is the file’s alone: the wallet here stays without one.
export-make = Make the file
export-making = Encrypting the key…
export-made = The file is ready. It opens with its password alone; only a weak password can be guessed.
export-save = Save the file
export-phone = Scan this with a phone: the page opens there and asks for the file’s password.
export-qr = QR code that brings this identity to a phone
export-link = The same as a link

## Another identity

notice-wallet-replaced = The wallet on disk could not be read. It was put aside, and this board has a new identity; your 12 words or a file bring the former one back.
other-title = Another identity
wallet-boards = The other boards of this tab have wallets of their own: what you take over or forget here, you do on this board alone.
import-file-title = Take one over from a file
import-words-title = Take one over from 12 words
import-file = File (.tablon-id)
import-password = The file’s password
import = Use this identity
importing = Decrypting…
import-no-file = Choose a file first.
import-not-identity = This is no identity file: those have 111 bytes.
import-unreadable = The browser could not read this file. Choose it again.
import-aside = The identity until now ({ $key }) is put aside on this disk. To come back to it you need its 12 words or its file.
import-words-label = The 12 words
import-words-hint = In their order, with spaces between them.
import-words-count = { $n ->
    [one] There is { $n } word, and { $needed } are needed.
   *[other] There are { $n } words, and { $needed } are needed.
}
import-words-unsealed = The wallet will have no password until you set one.
import-done = You are now:
import-same = You have this identity already.
import-former = The former one ({ $key }) is put aside.
arrived-title = An identity came with the address
arrived-lead = Its file says that it is:
arrived-damaged = There is no whole identity in this address: it was cut short or changed on the way. Scan or copy it again.
forget-title = Forget this identity
forget-lead = This is lost for ever:
forget-signing = The key: nobody can sign as its owner any more. Its notes stay on the board.
forget-coins = { $n ->
    [one] { $n } coin, which nobody can spend any more.
   *[other] { $n } coins, which nobody can spend any more.
}
forget-name = Your part in the board as { $name }: the name stays in the list, with nobody behind it.
forget-letters = Secrets sent to you: nobody can open them any more.
forget-aside = Every identity that was put aside here.
forget-backed-up = Only your 12 words, or a file that you kept, bring it back.
forget-not-backed-up = You have not written the words down: unless you kept a file, nobody can bring it back.
forget = Forget it
forget-sure = Are you sure?
forget-yes = Yes, forget it for ever
forget-keep = No, keep it
forget-done = Forgotten. You have a new identity now; its address stands above.

## Boards

networks = Your boards
networks-lead = This tab is a node of each of these boards, all at once.
networks-deleted = { $n ->
    [0] You have left { $name }. There was nothing to delete.
    [one] You have left { $name }. { $n } file was deleted: { $size }.
   *[other] You have left { $name }. { $n } files were deleted: { $size }.
}
no-board = No board can be opened at this address. Choose one of yours, or ask for the link again.
network-current = shown
network-to-board = To the board
network-show = Show this board
network-share = Share
network-leave = Leave
network-opening = opening…
network-stopped = stopped
network-asking = asks for more disk
network-line = #{ $height } · { $peers }
switcher-unread = { $n ->
    [one] { $n } new note on other boards
   *[other] { $n } new notes on other boards
}
switcher-all = Join, create or share a board
share-lead = Whoever opens this link becomes a node of the board.
join-title = Join a board
join-link = Link to the board
join-hint = Paste the link that somebody gave you.
join = Join
join-empty = Paste a link first.
join-other-rules = This board follows rules version { $theirs }, and this page knows version { $ours }. Reload the page; if that does not help, ask for a link to a newer board.
join-done = You have joined { $name }.
join-already = You are on { $name } already.
offer-page-title = Join { $name }? · Tablón
offer-title = Join this board?
offer-lead = A link has brought you to a board that this browser does not know. Anybody can make a board and give it any name. Nothing of it runs or is stored here yet.
offer-join = Join
offer-decline = Not now
terms-name = Its name
terms-id = Its fingerprint
terms-spacing = A block about every
terms-difficulty = Work for a block
terms-stamp = Stamp of a short note
terms-tries = about { $tries } tries
terms-tries-moment = about { $tries } tries, less than a second here
terms-tries-time = about { $tries } tries, { $time } here
terms-cheap = Blocks can become almost free here, so anybody can fill this board with rubbish within minutes. Join only if you know who sent you.
terms-costs = What it costs you
terms-disk = Disk: this computer keeps a copy of the whole board. The page asks you before that takes more than { $size }.
terms-address = Privacy: others on the board can learn this computer’s network address. A switch under “Network” prevents that.
terms-address-hidden = Privacy: others on the board do not learn this computer’s network address, since you have chosen links by relay alone. The relay’s host does.
terms-identity = Identity: you write there under the same identity as here, so anybody can see that both are you.
terms-later = From now on: the board opens whenever you visit this page, until you leave it under “Your boards”.
terms-mining = Power: nothing is mined unless you start it. A note costs a moment of computing for its stamp.
leave-lead = Leave this board? Your notes stay on it, with everybody else.
leave-keep = Keep its data here: the chain and your identity on it are there when you come back.
leave-delete = Delete its data here: the chain and this board’s copy of your identity. Unless another board of this tab has the same identity, only the 12 words or a file bring it back.
leave = Leave
leave-and-delete = Leave and delete
leaving = Leaving…
create-title = Create a board
create-lead = A name is enough. None of this can be changed later: another number makes another board.
create-name = Name
create-spacing = Seconds between blocks
create-bits = First difficulty, in zero bits
create-reward = Coins for each block
create-stamp = Stamp, in zero bits
create-margin = Lead that a deep rewriting needs, in blocks
create-takes = About { $time } for one thread of this computer.
create-takes-moment = Less than a second for one thread of this computer.
create-takes-unknown = Mine for a moment, and the page can say how long this takes.
create-takes-what = A whole number of bits.
create = Create the board
create-done = { $name } is there, and this tab is its first node. Now bring others:
create-go = To the board
create-another = Create another
create-not-whole = Write a whole number, without a unit.
create-between = It must lie from { $least } to { $most }.
create-name-empty = Give the board a name.
create-name-long = Too long: a name has at most { $n } bytes.

## Refusals of wallet and boards, by code

refusal-wallet_wrong_password = This is not the password. Look out for capital letters and the keyboard’s language, and try again.
refusal-wallet_not_a_file = This is no identity file. Choose one that ends in .tablon-id.
refusal-wallet_file_damaged = The file is damaged or was cut short. Take another copy of it, or use the 12 words.
refusal-wallet_file_version = A newer page wrote this file. Reload this page to get the newest, and try again.
refusal-wallet_file_cost = Opening this file would keep the tab busy for too long. This page does not write such files: do not trust it.
refusal-wallet_file_false = The file shows an address that is not its key’s. Somebody made it to deceive: do not use it.
refusal-wallet_memory = There is too little memory to work out the key from the password. Close other tabs and try again.
refusal-wallet_password_short = The password is too short.
refusal-wallet_password_long = The password is too long.
refusal-wallet_password_character = There is a line break or another invisible character in the password. Type it instead of pasting it.
refusal-wallet_password_needed = The wallet has a password, and this needs it.
refusal-wallet_words_count = That is not the right number of words.
refusal-wallet_word_unknown = One of the words is not in the list.
refusal-wallet_words_checksum = The words do not fit together: one of them is wrong, or two have changed places. Compare them with your paper.
refusal-wallet_no_password = The wallet has no password. Set one first.
refusal-wallet_not_kept = The browser could not write the wallet to disk, so nothing has changed. The disk may be full.
refusal-network_link = This is not the link of a board. Copy the whole of it, from the page where “Share” shows it.
refusal-too_many_networks = This tab is on as many boards as it can carry. Leave one first.
refusal-last_network = This is the tab’s only board. Join or create another one before you leave it, or delete its data to begin afresh.
refusal-no_such_network = This tab is not on that board any more.

## Words of wallet and boards

term-coin = Coins
meaning-coin = What a miner gets for each block, and what people here pay each other with. They are worth what the people of this board give for them, and nothing anywhere else.
story-coin = A block brings { $reward }. So far there are { $supply }.
term-identity = Identity
meaning-identity = A pair of keys that this browser drew by chance: the private one signs, the public one lets everybody check. There is no account anywhere: whoever has the private key is you.
term-margin = Margin
meaning-margin = A rival chain that would rewrite more than an hour must lead by more than so many blocks’ work to be taken at once; with less it is taken one block spacing later, if it still leads. 0 is the usual rule: more work wins. It slows a rewriting that barely leads and stops nobody who has most of the hashes.
term-recovery-words = 12 words
meaning-recovery-words = Twelve English words out of a list of 2,048 (BIP-39), from which the key follows. Whoever has them has the identity, on any computer and without a password.
term-reward = Reward
meaning-reward = Coins that come into being with each block and go to its miner. It is the only way in which coins are made.
term-spacing = Spacing
meaning-spacing = How far apart blocks should be on average; the difficulty follows the miners to keep it so. Short ones pin notes sooner, but more of them collide and are lost.
