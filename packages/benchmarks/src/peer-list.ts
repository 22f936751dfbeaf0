/** Other programs that do the same, and what they need. */

/** What a peer makes of a line. */
export type PeerTask = 'event' | 'record'

/** A program that is measured. */
export interface Peer {
  readonly name: string
  readonly task: PeerTask
  /** Programs that it cannot do without, by the names below or on the PATH. */
  readonly needs: readonly string[]
  /**
   * The command, as it is shown; `FILE` stands for the input and other capitals for programs. What
   * follows `|` is not timed.
   */
  readonly command: string
  /** How many lines it is given: those that take long get fewer. */
  readonly lines: number
  readonly checks: string
  /** Whether it writes the same bytes, the same values in another order, or what is not compared. */
  readonly writes: 'same' | 'same values' | 'more' | 'OTLP/JSON, all text' | 'nothing'
}

const million = 1_000_000
const nothing = 'nothing'

/** In the order of the table; the first of a task is what the others are held against. */
export const peers: readonly Peer[] = [
  {
    name: 'flowlogs, bench mapping',
    task: 'event',
    needs: [],
    command: 'NODE src/peer-flowlogs.ts FILE',
    lines: million,
    checks: 'every declared field',
    writes: 'same',
  },
  {
    name: 'flowlogs convert --to ocsf',
    task: 'event',
    needs: [],
    command: 'FLOWLOGS convert --to ocsf FILE',
    lines: million,
    checks: 'every declared field; adds ids, observables and what is left over',
    writes: 'more',
  },
  event('ClickHouse (chDB)', ['PYTHON'], 'PYTHON peers/event-clickhouse.py FILE', million),
  event('DuckDB', [], 'NODE peers/event-duckdb.mjs FILE | cat', million),
  event('perl', ['perl'], 'perl peers/event.pl < FILE', million),
  event('gawk', ['gawk'], 'gawk --file peers/event.awk FILE', million),
  event('mawk', ['mawk'], 'mawk -f peers/event.awk FILE', million),
  event('Python, orjson', ['PYTHON'], 'PYTHON peers/event.py orjson < FILE', 200_000),
  event('Python, json', ['python3'], 'python3 peers/event.py < FILE', 200_000),
  event('jq', ['jq'], 'jq --raw-input --compact-output --from-file peers/event.jq FILE', 20_000),
  {
    name: 'flowlogs convert --to json',
    task: 'record',
    needs: [],
    command: 'FLOWLOGS convert --to json FILE',
    lines: million,
    checks: 'every declared field',
    writes: 'same',
  },
  {
    name: "Vector's VRL, parse_aws_vpc_flow_log",
    task: 'record',
    needs: ['VRL'],
    command: 'VRL < FILE',
    lines: 200_000,
    checks: 'integers, the number of values',
    writes: 'same values',
  },
  vector('console', 'same values'),
  vector('blackhole', 'nothing'),
  {
    name: 'Fluent Bit, tail with a regex parser',
    task: 'record',
    needs: ['fluent-bit'],
    command: 'input=FILE fluent-bit --quiet --config peers/fluent-bit.yaml',
    lines: 200_000,
    checks: 'digits, the number of values',
    writes: 'same values',
  },
  {
    name: 'OpenTelemetry Collector, filelog with csv_parser',
    task: 'record',
    needs: ['COLLECTOR'],
    command: 'input=FILE peers/until-idle.sh COLLECTOR --config peers/collector.yaml',
    lines: 200_000,
    checks: 'the number of values',
    writes: 'OTLP/JSON, all text',
  },
  {
    name: 'Python, json',
    task: 'record',
    needs: ['python3'],
    command: 'python3 peers/record.py < FILE',
    lines: 200_000,
    checks: 'integers',
    writes: 'same',
  },
]

function event(name: string, needs: readonly string[], command: string, lines: number): Peer {
  return { name, task: 'event', needs, command, lines, checks: nothing, writes: 'same' }
}

function vector(sink: string, writes: Peer['writes']): Peer {
  const config = `--config peers/vector.yaml --config peers/vector-${sink}.yaml`
  return {
    name: `Vector, ${sink} sink`,
    task: 'record',
    needs: ['vector'],
    command: `vector --quiet --threads 1 ${config} < FILE`,
    lines: 200_000,
    checks: 'integers, the number of values',
    writes,
  }
}
