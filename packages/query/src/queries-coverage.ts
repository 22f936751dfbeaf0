/** Whether everything that should be recorded is. */
import { integer, optional, words } from './parameter.ts'
import { defineQuery, type Query } from './query.ts'

/** An interface, or the attachment of a transit gateway. */
const recorder = 'COALESCE(interface_id, tgw_attachment_id)'

/** The end of what was recorded before, row by row. */
const covered = `max(end_time) OVER (PARTITION BY ${recorder} ORDER BY start_time, end_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`

/** The queries, in the order in which they are listed. */
export const coverageQueries: readonly Query[] = [
  defineQuery({
    name: 'coverage',
    about: 'Which interfaces report, since when, with how much lost and how long a silence.',
    needs: ['start', 'end'],
    parameters: { expect: optional(words('interfaces that should report', 'ids')) },
    sql: ({ expect }) => {
      const missing =
        expect === undefined
          ? ''
          : `
UNION ALL
SELECT expected.id, NULL, 0, 0, 0, NULL, NULL, NULL FROM (VALUES ${expect.map((id) => `('${id}')`).join(', ')}) AS expected (id)
WHERE NOT EXISTS (SELECT 1 FROM spans WHERE spans.recorder = expected.id)`
      return `WITH spans AS (
  SELECT ${recorder} AS recorder, vpc_id, log_status, start_time, end_time, date_diff('second', ${covered}, start_time) AS silence
  FROM flows WHERE ${recorder} IS NOT NULL
), answers AS (
SELECT recorder, min(vpc_id) AS vpc_id, count(*) AS records, count(*) FILTER (WHERE log_status = 'NODATA') AS nodata,
  count(*) FILTER (WHERE log_status = 'SKIPDATA') AS skipdata, min(start_time) AS first_record, max(end_time) AS last_record,
  CASE WHEN max(silence) > 0 THEN max(silence) ELSE 0 END AS longest_gap
FROM spans GROUP BY recorder${missing}
)
SELECT * FROM answers ORDER BY recorder`
    },
  }),
  defineQuery({
    name: 'gaps',
    about: 'Spans of time in which an interface did not report at all, not even NODATA.',
    needs: ['start', 'end'],
    parameters: {
      seconds: integer('length of a gap at least', 900),
      limit: integer('rows at most', 100),
    },
    sql: (values) => `WITH spans AS (
  SELECT ${recorder} AS recorder, start_time, ${covered} AS covered
  FROM flows WHERE ${recorder} IS NOT NULL
)
SELECT recorder, covered AS silent_from, start_time AS silent_until, date_diff('second', covered, start_time) AS seconds
FROM spans WHERE date_diff('second', covered, start_time) >= ${values.seconds}
ORDER BY seconds DESC, recorder, silent_from LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'lost-records',
    about: 'Where and when AWS lost records (SKIPDATA).',
    needs: ['log_status'],
    parameters: { limit: integer('rows at most', 100) },
    sql: (
      values,
    ) => `SELECT ${recorder} AS recorder, date_trunc('hour', start_time) AS hour, count(*) AS skipdata,
  min(start_time) AS first_lost, max(end_time) AS last_lost
FROM flows WHERE log_status = 'SKIPDATA'
GROUP BY ${recorder}, date_trunc('hour', start_time) ORDER BY hour, recorder LIMIT ${values.limit}`,
  }),
]
