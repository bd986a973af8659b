#!/bin/sh
# The tutorial's story with processes and curl: two nodes, a post, a block, and a
# board that outlives the node on which it began.
#
#     cargo build -p tablon-node && sh node/examples/two_nodes.sh
#
# TABLON_NODE names the program, when it is not target/debug/tablon-node.
set -eu

node=${TABLON_NODE:-target/debug/tablon-node}
folder=$(mktemp -d)
trap 'kill $first $second 2>/dev/null || true; rm -rf "$folder"' EXIT
first= second=

# Each on a free port, which it says in its first line.
address_of() {
    until grep -q listening "$1" 2>/dev/null; do sleep 0.1; done
    sed -n 's/^listening on //p' "$1"
}
json='Content-Type: application/json'

"$node" --quiet --listen 127.0.0.1:0 --data "$folder/first.redb" >"$folder/first" &
first=$!
one=$(address_of "$folder/first")
"$node" --quiet --listen 127.0.0.1:0 --data "$folder/second.redb" >"$folder/second" &
second=$!
two=$(address_of "$folder/second")

echo "A post at the first node:"
curl -sS -X POST "$one/new_transaction" -H "$json" \
    -d '{"author": "Ana", "content": "Is anybody here?"}'

echo "The second registers with the first:"
curl -sS -X POST "$two/register_with" -H "$json" -d "{\"node_address\": \"$one\"}"

echo "What waits at the second, and its block:"
until curl -sS "$two/pending_tx" | grep anybody; do sleep 0.1; done
curl -sS "$two/mine"

echo "The first dies; the second carries on:"
kill "$first"
wait "$first" || true
curl -sS -X POST "$two/new_transaction" -H "$json" \
    -d '{"author": "Luis", "content": "Still here."}'
curl -sS "$two/mine"
curl -sS "$two/chain"
echo
