"""python3 event-clickhouse.py FILE: event.sql in chDB, which is ClickHouse in a process."""
import sys
from pathlib import Path

import chdb

COLUMNS = (
    "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets octets "
    "start_ end_ action log_status"
).split()
columns = ", ".join(f"values[{index + 1}] AS {name}" for index, name in enumerate(COLUMNS))
lines = f"SELECT splitByChar(' ', line) AS values FROM file('{sys.argv[1]}', 'LineAsString')"
sql = Path(__file__).with_name("event.sql").read_text()
settings = (
    "max_threads = 1, input_format_parallel_parsing = 0, output_format_parallel_formatting = 0"
)
query = f"{sql} FROM (SELECT {columns} FROM ({lines})) SETTINGS {settings}"
with chdb.connect() as connection, connection.send_query(query, "TSVRaw") as blocks:
    for block in blocks:
        sys.stdout.buffer.write(block.bytes())
