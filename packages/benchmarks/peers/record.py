"""python3 record.py: split, a dictionary, json.dumps."""
import json
import sys

NAMES = (
    "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes "
    "start end action log_status"
).split()
INTEGERS = {"version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"}

for line in sys.stdin:
    record = {
        name: int(value) if name in INTEGERS else value
        for name, value in zip(NAMES, line.rstrip("\n").split(" "))
        if value != "-"
    }
    sys.stdout.write(json.dumps(record, separators=(",", ":")) + "\n")
