# How the tutorial's block looks for its nonce: the whole block as JSON, through
# SHA-256 once, compared as a text of digits. A block with one short post.
import hashlib
import json
import time

block = {
    "index": 1,
    "transactions": [{"author": "Ana", "content": "Is anybody here?", "timestamp": 1700000000.0}],
    "timestamp": 1700000000.0,
    "previous_hash": "0" * 64,
    "nonce": 0,
}
begun = time.process_time()
while time.process_time() - begun < 2:
    for _ in range(1000):
        block["nonce"] += 1
        text = json.dumps(block, sort_keys=True)
        # Never so: only the time is wanted.
        if hashlib.sha256(text.encode()).hexdigest().startswith("0" * 64):
            break
rate = block["nonce"] / (time.process_time() - begun)
print(f"the Python tutorial's loop\t{int(rate)}\thashes/s")
